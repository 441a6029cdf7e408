//! What suppression looks at.

use std::collections::BTreeSet;

use super::*;
use crate::statistics::suppression;

/// A line of incidents with parts of rates and ends of times, and whether a release of it hides it.
fn hides(all: i64, parts: &[(Rate, (i64, i64))], times: &[(Time, (i64, i64))]) -> bool {
    let mut line = Incidents { came_in: all, received: all, ..Incidents::default() };
    line.finish();
    for (rate, pair) in parts {
        line.rates[Incidents::rates().position(|r| r == *rate).unwrap()] = *pair;
    }
    for (time, (n, open)) in times {
        let time = &mut line.times[Incidents::times().position(|t| t == *time).unwrap()];
        (time.n, time.open) = (*n, *open);
    }
    suppression::hidden(&[line.row()], &[], 10) == [true]
}

#[test]
fn two_rates_tell_no_few_by_their_difference() {
    let resolved = |n: i64, closed: i64| {
        let rates = [(Rate::Resolved, (n, 60)), (Rate::Closed, (closed, 60))];
        let times = [
            (Time::ToResponse, (60, 0)),
            (Time::ToResolution, (n, 60 - n)),
            (Time::ToAnswer, (closed, 60 - closed)),
            (Time::ToClose, (closed, 60 - closed)),
            (Time::ResolutionToClose, (closed, n - closed)),
        ];
        hides(60, &rates, &times)
    };
    assert!(!resolved(40, 40) && !resolved(40, 30));
    assert!(resolved(40, 38), "two wait for an answer");
    let at_block = |whole: i64| hides(60, &[(Rate::AtBlock, (0, whole))], &[]);
    assert!(!at_block(50) && !at_block(60));
    assert!(at_block(58), "two are in no share");
    let joint = |signed: i64| {
        let parts = [Rate::JointContactedOnTime, Rate::JointFinishedOnTime];
        let mut parts: Vec<_> = parts.map(|r| (r, (20, 40))).to_vec();
        parts.extend([(Rate::JointOnTime, (20, 40)), (Rate::JointSignedOnTime, (signed, 40))]);
        hides(60, &parts, &[])
    };
    assert!(!joint(20) && !joint(30));
    assert!(joint(22), "two signed in time and were late then");
}

#[test]
fn two_times_of_tasks_tell_no_few_by_their_difference() {
    let hides = |signed: i64, contacted: i64| {
        let mut line = Tasks { asked: 60, ..Tasks::default() };
        line.finish();
        line.rates[0] = (signed, signed);
        line.rates[1] = (contacted, contacted);
        line.times[0].n = signed;
        line.times[1].n = contacted;
        suppression::hidden(&[line.row()], &[], 10) == [true]
    };
    assert!(!hides(40, 40) && !hides(40, 30));
    assert!(hides(40, 39), "one signed and did not come");
}

#[test]
fn three_numbers_tell_no_few() {
    let result = |after: i64| {
        let rates = [
            (Rate::Resolved, (40, 70)),
            (Rate::Closed, (40, 70)),
            (Rate::AtBlock, (30, 60)),
            (Rate::Escalated, (10, 70)),
            (Rate::Joint, (20, 70)),
        ];
        let times = [
            (Time::ToResponse, (70, 0)),
            (Time::ToEscalation, (10, 20)),
            (Time::ToJoint, (20, 10 + after)),
            (Time::ToResolution, (40, 30)),
            (Time::ToAnswer, (40, 30)),
            (Time::ToClose, (40, 30)),
            (Time::ResponseToResolution, (40, 30)),
        ];
        hides(70, &rates, &times)
    };
    assert!(!result(10));
    assert!(result(2), "two came to a result after agencies were called");
    let hides = |stopped: i64| {
        let mut line = Tasks { asked: 60, called_off: 10, ..Tasks::default() };
        line.finish();
        for (time, (n, open)) in line.times.iter_mut().zip([(70, 0), (42, 28), (20, 50 - stopped)])
        {
            (time.n, time.open) = (n, open);
        }
        for (rate, n) in line.rates.iter_mut().zip([70, 42, 20]) {
            *rate = (n, n);
        }
        suppression::hidden(&[line.row()], &[], 10) == [true]
    };
    assert!(!hides(10) && !hides(0));
    assert!(hides(2), "with two contact was made before they were called off");
    // All done, and of few of them the incident is not closed.
    let early = |n: i64| {
        let opinions =
            Opinions { early: n, rates: vec![(20, 40), (10, 20)], levels: vec![10, 0, 0, 10, 0] };
        suppression::hidden(&[opinions.row()], &[], 10) == [true]
    };
    assert!(!early(0) && !early(10) && early(2));
}

/// Of every state how often it is in something.
type Set = Vec<i8>;

/// The numbers of a line that are shown.
fn shown(line: &impl serde::Serialize) -> Vec<i64> {
    fn numbers(value: &serde_json::Value, found: &mut Vec<i64>) {
        match value {
            serde_json::Value::Object(fields) => fields.values().for_each(|v| numbers(v, found)),
            serde_json::Value::Array(items) => items.iter().for_each(|v| numbers(v, found)),
            value => found.extend(value.as_i64()),
        }
    }
    let mut found = Vec::new();
    numbers(&serde_json::to_value(line).unwrap(), &mut found);
    found
}

/// From numbers by state to states by number, each once.
fn sets(by_state: &[Vec<i64>]) -> BTreeSet<Set> {
    let set = |number: usize| {
        by_state.iter().map(|numbers| i8::try_from(numbers[number]).unwrap()).collect::<Set>()
    };
    let mut sets: BTreeSet<Set> = (0..by_state[0].len()).map(set).collect();
    sets.retain(|set| set.iter().any(|n| *n != 0));
    sets
}

/// Every set that is told by some of the numbers, each added or subtracted.
fn told(numbers: &BTreeSet<Set>, terms: usize) -> BTreeSet<Set> {
    let numbers: Vec<&Set> = numbers.iter().collect();
    let (mut found, mut sums) = (BTreeSet::new(), vec![(0, vec![0; numbers[0].len()])]);
    for _ in 0..terms {
        let mut next = Vec::new();
        for (from, sum) in &sums {
            for (at, number) in numbers.iter().enumerate().skip(*from) {
                for sign in [1, -1] {
                    let sum: Set = sum.iter().zip(*number).map(|(a, b)| a + sign * b).collect();
                    if sum.iter().all(|n| [0, 1].contains(n)) {
                        found.insert(sum.clone());
                    }
                    next.push((at + 1, sum));
                }
            }
        }
        sums = next;
    }
    found.retain(|set| set.contains(&1));
    found
}

/// Of lines that count one thing each, in every state in which it can be: whatever is told by up to four
/// numbers is a sum of cells that are judged.
fn assert_judged(lines: &[(Vec<i64>, Row)]) {
    let numbers = sets(&lines.iter().map(|(shown, _)| shown.clone()).collect::<Vec<_>>());
    let cells = |row: &Row| [row.cells.clone(), vec![row.base]].concat();
    let cells = sets(&lines.iter().map(|(_, row)| cells(row)).collect::<Vec<_>>());
    assert!(cells.iter().flatten().all(|n| [0, 1].contains(n)), "a cell counts some of the states");
    let told = told(&numbers, 4);
    let judged = |set: &Set| {
        cells.iter().any(|cell| {
            let rest: Set = set.iter().zip(cell).map(|(a, b)| a - b).collect();
            !rest.contains(&-1)
                && (!rest.contains(&1) || told.contains(&rest) || cells.contains(&rest))
        })
    };
    assert!(told.len() > numbers.len());
    for set in &told {
        let rest: Vec<usize> = (0..set.len()).filter(|state| set[*state] == 1).collect();
        assert!(judged(set), "it is told how many are in one of the states {rest:?}");
    }
}

fn put<K: PartialEq, V>(order: impl Iterator<Item = K>, values: &mut [V], of: K, value: V) {
    let (mut order, of) = (order, of);
    values[order.position(|k| k == of).unwrap()] = value;
}

fn pair(part: bool, whole: bool) -> (i64, i64) {
    (i64::from(whole && part), i64::from(whole))
}

/// An incident in a state, by its place in RECEIVED, HANDLING, ESCALATED, JOINT_RESPONSE, RESOLVED and CLOSED,
/// and by what else is known of it.
fn of_incident(
    state: usize,
    bits: [bool; 6],
    (closed_before, again): (bool, bool),
) -> Option<Incidents> {
    let [at_block, first, up, joint, responded, answered] = bits;
    let (resolved, closed) = (state >= 4, state == 5);
    let can_be = (responded || state == 0 || state == 2)
        && (responded || !closed_before)
        && (joint || state != 3)
        && (closed || again || !closed_before)
        && (!closed || answered)
        && (!answered || closed || joint && state != 4)
        && (!at_block || state != 2);
    let mut line = Incidents { came_in: 1, received: 1, ..Incidents::default() };
    line.finish();
    let at_end = first && resolved && !up && !joint;
    for (rate, pair) in [
        (Rate::Resolved, pair(resolved, true)),
        (Rate::Closed, pair(closed, true)),
        (Rate::AtBlock, pair(at_end, first && (resolved || up || joint))),
        (Rate::Escalated, pair(up, true)),
        (Rate::Joint, pair(joint, true)),
        (Rate::Reopened, pair(again, closed_before)),
    ] {
        put(Incidents::rates(), &mut line.rates, rate, pair);
    }
    for (time, n, open) in [
        (Time::ToResponse, responded, !resolved),
        (Time::ToEscalation, up, state == 0 || state == 1 && at_block),
        (Time::ToJoint, joint, state < 3),
        (Time::ToResolution, resolved, true),
        (Time::ToAnswer, answered, !closed),
        (Time::ToClose, closed, true),
        (Time::ResponseToResolution, resolved, responded),
        (Time::ResolutionToClose, closed, resolved),
    ] {
        let (n, open) = (i64::from(n), i64::from(!n && open));
        put(Incidents::times(), &mut line.times, time, Minutes { n, open, ..Minutes::default() });
    }
    can_be.then_some(line)
}

#[test]
fn numbers_of_incidents_tell_no_others_than_are_judged() {
    let mut lines = Vec::new();
    for state in 0..6 {
        for bits in 0..64_u8 {
            for before in [(false, false), (true, false), (true, true)] {
                let bits = [0, 1, 2, 3, 4, 5].map(|bit| bits >> bit & 1 == 1);
                let Some(mut line) = of_incident(state, bits, before) else { continue };
                for outcome in 0..if state >= 4 { 2 } else { 1 } {
                    line.outcomes = vec![0; OUTCOMES.len()];
                    line.outcomes[outcome] = i64::from(state >= 4);
                    lines.push((shown(&line), line.row()));
                }
            }
        }
    }
    assert_judged(&lines);
}

#[test]
fn numbers_of_joint_responses_tell_no_others_than_are_judged() {
    let mut lines = Vec::new();
    for bits in 0..16_u8 {
        let [over, missed @ ..] = [0, 1, 2, 3].map(|bit| bits >> bit & 1 == 1);
        let mut line = Incidents::default();
        line.finish();
        let steps =
            [Rate::JointSignedOnTime, Rate::JointContactedOnTime, Rate::JointFinishedOnTime];
        let any = missed.contains(&true);
        for (rate, missed) in steps.into_iter().zip(missed).chain([(Rate::JointOnTime, any)]) {
            put(Incidents::rates(), &mut line.rates, rate, pair(!missed, over || missed));
        }
        lines.push((shown(&line), line.row()));
    }
    assert_judged(&lines);
}

/// Part and whole of a step of a task: in time, late, not yet and its limit has passed, not yet.
const STEP: [(bool, bool); 4] = [(true, true), (false, true), (false, true), (false, false)];

#[test]
fn numbers_of_tasks_and_ratings_tell_no_others_than_are_judged() {
    let mut lines = Vec::new();
    // How far it is: asked, signed for, in contact, done; or refused or called off on the way.
    for (far, stopped, refused) in [
        (0, false, false),
        (1, false, false),
        (2, false, false),
        (3, false, false),
        (0, true, true),
        (1, true, true),
        (2, true, true),
        (0, true, false),
        (1, true, false),
        (2, true, false),
    ] {
        for limits in 0..8_u8 {
            let step =
                |at: usize| STEP[if far > at { 0 } else { 2 } + usize::from(limits >> at & 1)];
            let steps = [0, 1, 2].map(step);
            let mut line = Tasks { asked: 1, ..Tasks::default() };
            if stopped && !refused {
                (line.asked, line.called_off) = (0, 1);
            }
            line.finish();
            put(Tasks::rates(), &mut line.rates, Rate::Refused, pair(refused, line.asked == 1));
            let names = [Rate::SignedOnTime, Rate::ContactedOnTime, Rate::FinishedOnTime];
            for (name, (part, whole)) in names.into_iter().zip(steps) {
                put(Tasks::rates(), &mut line.rates, name, pair(part, whole));
            }
            for (time, at) in line.times.iter_mut().zip(0..) {
                (time.n, time.open) = (i64::from(far > at), i64::from(!stopped && far <= at));
            }
            for end in 0..8 {
                let (outcome, closed) = (end % 2, end >= 2);
                let rated = [None, None, Some(0), Some(3)][end / 2];
                let done = far == 3;
                let mut opinions =
                    Opinions { early: i64::from(done && !closed), ..Opinions::default() };
                opinions.finish();
                line.outcomes[..2].fill(0);
                line.outcomes[outcome] = i64::from(done);
                let rated = rated.filter(|_| done);
                let coverage = pair(rated.is_some(), done && closed);
                put(Opinions::rates(), &mut opinions.rates, Rate::RatingCoverage, coverage);
                let satisfied = pair(rated == Some(0), rated.is_some());
                put(Opinions::rates(), &mut opinions.rates, Rate::Satisfied, satisfied);
                if let Some(level) = rated {
                    opinions.levels[level] = 1;
                }
                let mut row = line.row();
                row.cells.extend([opinions.row().cells, vec![opinions.row().base]].concat());
                lines.push(([shown(&line), shown(&opinions)].concat(), row));
            }
        }
    }
    assert_judged(&lines);
}
