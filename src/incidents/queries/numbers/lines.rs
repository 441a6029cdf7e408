//! Numbers that can be added up, and what suppression looks at of them.

use std::collections::BTreeMap;

use linli_entity::{
    enums::{AgencyOutcome, RatingLevel},
    ids::PlaceId,
};
use serde::{Deserialize, Serialize};

use crate::{
    incidents::metrics::{Facts, OUTCOMES, Rate, Time, percentile},
    statistics::suppression::Row,
};

/// How long something took.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Minutes {
    /// How many it happened to.
    pub n: i64,
    /// How many it may still happen to.
    pub open: i64,
    /// Half of them took at most so many minutes.
    pub p50: Option<i64>,
    /// Nine tenths took at most so many.
    pub p90: Option<i64>,
    #[serde(skip)]
    pub(super) all: Vec<i64>,
}

/// Incidents of a period, and joint responses that were opened in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incidents {
    /// Incidents that came in, before anything is left out.
    pub came_in: i64,
    /// Without those that are left out.
    pub received: i64,
    /// Part and whole of each of [`Incidents::rates`].
    pub rates: Vec<(i64, i64)>,
    /// Each of [`Incidents::times`].
    pub times: Vec<Minutes>,
    /// How many came to each of [`OUTCOMES`].
    pub outcomes: Vec<i64>,
}

/// Tasks that agencies were asked to do in a period.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tasks {
    /// Without those that were called off, unless they were refused before.
    pub asked: i64,
    /// The other ones.
    pub called_off: i64,
    /// Part and whole of each of [`Tasks::rates`].
    pub rates: Vec<(i64, i64)>,
    /// Each of [`Tasks::times`].
    pub times: Vec<Minutes>,
    /// How many came to each of [`AgencyOutcome::ALL`].
    pub outcomes: Vec<i64>,
}

/// What communities think of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opinions {
    /// Part and whole of each of [`Opinions::rates`].
    pub rates: Vec<(i64, i64)>,
    /// How many were rated with each of [`RatingLevel::ALL`].
    pub levels: Vec<i64>,
    /// Tasks done that nobody rates yet, because the incident is not closed: what is left of the outcomes of
    /// tasks. For suppression, and never kept or shown.
    #[serde(skip)]
    pub(super) early: i64,
}

impl Incidents {
    /// Its rates, in order.
    pub fn rates() -> impl Iterator<Item = Rate> + Clone {
        Rate::of(Facts::Incidents, false).chain(Rate::of(Facts::Joints, false))
    }

    /// Its times, in order.
    pub fn times() -> impl Iterator<Item = Time> + Clone {
        Time::of(Facts::Incidents)
    }

    /// The incidents and joint responses that no number counts, and that are told by several of them. Whatever
    /// else can be told by adding numbers up and subtracting them is a sum of these and of numbers.
    fn told(&self) -> Vec<i64> {
        let rate = |rate| of(Self::rates(), &self.rates, rate);
        let (part, whole) = (|r| rate(r).0, |r| rate(r).1);
        let time = |time| of(Self::times(), &self.times, time);
        let (n, open) = (|t| time(t).n, |t| time(t).open);
        let mut found = vec![
            // Not of a block, or neither at an end nor further up.
            self.received - whole(Rate::AtBlock),
            // Responded to, and never closed or only lately.
            n(Time::ToResponse) - whole(Rate::Reopened),
            // Closed lately, or again.
            part(Rate::Closed) - (whole(Rate::Reopened) - part(Rate::Reopened)),
            // Answered while agencies work; and with them or behind them, and not answered.
            n(Time::ToAnswer) - n(Time::ToClose),
            open(Time::ToAnswer) - open(Time::ResolutionToClose) - open(Time::ToJoint),
            // Without a result, and beyond the step up.
            open(Time::ToResolution) - open(Time::ToEscalation),
            // With a result after agencies were called.
            n(Time::ToJoint) - (open(Time::ToResolution) - open(Time::ToJoint)),
            // Neither solved in the block, nor up or to agencies, nor on its way there.
            self.received - part(Rate::AtBlock) - n(Time::ToEscalation) - open(Time::ToEscalation),
            self.received - part(Rate::AtBlock) - n(Time::ToJoint) - open(Time::ToJoint),
        ];
        let steps =
            [Rate::JointSignedOnTime, Rate::JointContactedOnTime, Rate::JointFinishedOnTime];
        for step in steps {
            // Met this limit, and not all of them; late, and not with this one.
            found.push(part(step) - part(Rate::JointOnTime));
            found.push(whole(Rate::JointOnTime) - whole(step));
            // Over, and another one was missed; or this one, and it is not over.
            found.extend(steps.iter().map(|other| whole(step) - part(*other)));
        }
        found
    }
}

impl Tasks {
    /// Its rates, in order.
    pub fn rates() -> impl Iterator<Item = Rate> + Clone {
        Rate::of(Facts::Tasks, false)
    }

    /// Its times, in order.
    pub fn times() -> impl Iterator<Item = Time> + Clone {
        Time::of(Facts::Tasks)
    }

    /// As [`Incidents::told`].
    fn told(&self) -> Vec<i64> {
        let rate = |rate| of(Self::rates(), &self.rates, rate);
        let time = |time| of(Self::times(), &self.times, time);
        let all = self.asked + self.called_off;
        let [sign, contact, finish] = [Time::ToSign, Time::ToContact, Time::ToFinish].map(time);
        let mut found = vec![
            // Signed for and waiting for contact; in contact and waiting for the end.
            contact.open - sign.open,
            finish.open - contact.open,
            // Refused or called off: before it was signed for, before contact was made, and after.
            all - sign.n - sign.open,
            sign.n + sign.open - contact.n - contact.open,
            contact.n + contact.open - finish.n - finish.open,
        ];
        let steps = [
            (Rate::SignedOnTime, sign),
            (Rate::ContactedOnTime, contact),
            (Rate::FinishedOnTime, finish),
        ];
        for (step, time) in steps {
            // Late; not at all; not due.
            let (part, whole) = rate(step);
            found.extend([time.n - part, whole - time.n, all - whole]);
        }
        found
    }
}

impl Opinions {
    /// Its rates, in order.
    pub fn rates() -> impl Iterator<Item = Rate> + Clone {
        Rate::of(Facts::Tasks, true)
    }
}

/// Numbers that can be added up.
pub trait Line: Clone + Default {
    /// Takes others in.
    fn add(&mut self, other: &Self);
    /// What is made of all of them, and the numbers that there are none of.
    fn finish(&mut self);
    /// Every cell, parts and rests.
    fn row(&self) -> Row;
}

fn add_rates(to: &mut Vec<(i64, i64)>, from: &[(i64, i64)]) {
    to.resize(to.len().max(from.len()), (0, 0));
    for (sum, (part, whole)) in to.iter_mut().zip(from) {
        *sum = (sum.0 + part, sum.1 + whole);
    }
}

fn add_counts(to: &mut Vec<i64>, from: &[i64]) {
    to.resize(to.len().max(from.len()), 0);
    to.iter_mut().zip(from).for_each(|(sum, n)| *sum += n);
}

fn add_times(to: &mut Vec<Minutes>, from: &[Minutes]) {
    to.resize(to.len().max(from.len()), Minutes::default());
    for (to, from) in to.iter_mut().zip(from) {
        to.open += from.open;
        to.all.extend(&from.all);
    }
}

fn finish_times(times: &mut Vec<Minutes>, n: usize) {
    times.resize(n, Minutes::default());
    for time in times {
        time.all.sort_unstable();
        time.n = i64::try_from(time.all.len()).unwrap_or(i64::MAX);
        time.p50 = percentile(&time.all, 50);
        time.p90 = percentile(&time.all, 90);
    }
}

/// The number of one of those that stand in this order.
fn of<K: Copy + PartialEq, V: Clone + Default>(
    mut order: impl Iterator<Item = K>,
    values: &[V],
    wanted: K,
) -> V {
    let index = order.position(|k| k == wanted);
    index.and_then(|index| values.get(index)).cloned().unwrap_or_default()
}

fn cells(rates: &[(i64, i64)]) -> impl Iterator<Item = i64> {
    rates.iter().flat_map(|(part, whole)| [*part, *whole, whole - part])
}

impl Line for Incidents {
    fn add(&mut self, other: &Self) {
        self.came_in += other.came_in;
        self.received += other.received;
        add_rates(&mut self.rates, &other.rates);
        add_times(&mut self.times, &other.times);
        add_counts(&mut self.outcomes, &other.outcomes);
    }

    fn finish(&mut self) {
        self.rates.resize(Self::rates().count(), (0, 0));
        finish_times(&mut self.times, Self::times().count());
        self.outcomes.resize(OUTCOMES.len(), 0);
    }

    fn row(&self) -> Row {
        let times = self.times.iter().flat_map(|t| [t.n, t.open]);
        let outcomes = self.outcomes.iter().copied();
        let cells =
            [self.came_in].into_iter().chain(times).chain(outcomes).chain(cells(&self.rates));
        Row { base: self.received, cells: cells.chain(self.told()).collect() }
    }
}

impl Line for Tasks {
    fn add(&mut self, other: &Self) {
        self.asked += other.asked;
        self.called_off += other.called_off;
        add_rates(&mut self.rates, &other.rates);
        add_times(&mut self.times, &other.times);
        add_counts(&mut self.outcomes, &other.outcomes);
    }

    fn finish(&mut self) {
        self.rates.resize(Self::rates().count(), (0, 0));
        finish_times(&mut self.times, Self::times().count());
        self.outcomes.resize(AgencyOutcome::ALL.len(), 0);
    }

    fn row(&self) -> Row {
        let times = self.times.iter().flat_map(|t| [t.n, t.open]);
        let outcomes = self.outcomes.iter().copied();
        let cells =
            [self.called_off].into_iter().chain(times).chain(outcomes).chain(cells(&self.rates));
        Row { base: self.asked, cells: cells.chain(self.told()).collect() }
    }
}

impl Line for Opinions {
    fn add(&mut self, other: &Self) {
        add_rates(&mut self.rates, &other.rates);
        add_counts(&mut self.levels, &other.levels);
        self.early += other.early;
    }

    fn finish(&mut self) {
        self.rates.resize(Self::rates().count(), (0, 0));
        self.levels.resize(RatingLevel::ALL.len(), 0);
    }

    fn row(&self) -> Row {
        let base = self.rates.first().map_or(0, |(_, done)| *done);
        let levels = self.levels.iter().copied().chain([self.early]);
        Row { base, cells: levels.chain(cells(&self.rates)).collect() }
    }
}

/// Of which community something was counted, and of which groups of its two breakdowns.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cell {
    pub community: PlaceId,
    pub keys: [String; 2],
}

/// What was counted, in its smallest parts.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally<L>(pub BTreeMap<Cell, L>);

impl<L: Line> Tally<L> {
    /// Everything.
    pub fn total(&self) -> L {
        let mut sum = L::default();
        self.0.values().for_each(|part| sum.add(part));
        sum.finish();
        sum
    }

    /// By one of the two breakdowns, in a fixed order.
    pub fn groups(&self, breakdown: usize) -> Vec<(String, L)> {
        let mut found: BTreeMap<&str, L> = BTreeMap::new();
        for (cell, part) in &self.0 {
            found.entry(&cell.keys[breakdown]).or_default().add(part);
        }
        found.values_mut().for_each(L::finish);
        found.into_iter().map(|(key, line)| (key.to_owned(), line)).collect()
    }

    /// Takes others in.
    pub fn add(&mut self, other: &Self) {
        for (cell, part) in &other.0 {
            self.0.entry(cell.clone()).or_default().add(part);
        }
    }

    /// What of it is of one community.
    pub fn of(&self, community: PlaceId) -> Self {
        let own = self.0.iter().filter(|(cell, _)| cell.community == community);
        Self(own.map(|(cell, part)| (cell.clone(), part.clone())).collect())
    }
}

#[cfg(test)]
mod tests;
