//! Numbers that can be added up, and what suppression looks at of them.

use std::collections::BTreeMap;

use linli_entity::{
    enums::{AgencyOutcome, RatingLevel},
    ids::PlaceId,
};
use serde::{Deserialize, Serialize};

use crate::{
    incidents::metrics::{Facts, Rate, Time, percentile},
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
    /// Each of [`Time::ALL`].
    pub times: Vec<Minutes>,
}

/// Tasks that agencies were asked to do in a period.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tasks {
    /// Without those that were called off.
    pub asked: i64,
    /// Called off.
    pub called_off: i64,
    /// Part and whole of each of [`Tasks::rates`].
    pub rates: Vec<(i64, i64)>,
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
}

impl Incidents {
    /// Its rates, in order.
    pub fn rates() -> impl Iterator<Item = Rate> + Clone {
        Rate::of(Facts::Incidents, false).chain(Rate::of(Facts::Joints, false))
    }
}

impl Tasks {
    /// Its rates, in order.
    pub fn rates() -> impl Iterator<Item = Rate> + Clone {
        Rate::of(Facts::Tasks, false)
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

fn cells(rates: &[(i64, i64)]) -> impl Iterator<Item = i64> {
    rates.iter().flat_map(|(part, whole)| [*part, *whole, whole - part])
}

impl Line for Incidents {
    fn add(&mut self, other: &Self) {
        self.came_in += other.came_in;
        self.received += other.received;
        add_rates(&mut self.rates, &other.rates);
        self.times.resize(Time::ALL.len(), Minutes::default());
        for (to, from) in self.times.iter_mut().zip(&other.times) {
            to.open += from.open;
            to.all.extend(&from.all);
        }
    }

    fn finish(&mut self) {
        self.rates.resize(Self::rates().count(), (0, 0));
        self.times.resize(Time::ALL.len(), Minutes::default());
        for time in &mut self.times {
            time.all.sort_unstable();
            time.n = i64::try_from(time.all.len()).unwrap_or(i64::MAX);
            time.p50 = percentile(&time.all, 50);
            time.p90 = percentile(&time.all, 90);
        }
    }

    fn row(&self) -> Row {
        let times = self.times.iter().flat_map(|t| [t.n, t.open]);
        let cells = [self.came_in].into_iter().chain(times).chain(cells(&self.rates));
        Row { base: self.received, cells: cells.collect() }
    }
}

impl Line for Tasks {
    fn add(&mut self, other: &Self) {
        self.asked += other.asked;
        self.called_off += other.called_off;
        add_rates(&mut self.rates, &other.rates);
        add_counts(&mut self.outcomes, &other.outcomes);
    }

    fn finish(&mut self) {
        self.rates.resize(Self::rates().count(), (0, 0));
        self.outcomes.resize(AgencyOutcome::ALL.len(), 0);
    }

    fn row(&self) -> Row {
        let outcomes = self.outcomes.iter().copied();
        let cells = [self.called_off].into_iter().chain(outcomes).chain(cells(&self.rates));
        Row { base: self.asked, cells: cells.collect() }
    }
}

impl Line for Opinions {
    fn add(&mut self, other: &Self) {
        add_rates(&mut self.rates, &other.rates);
        add_counts(&mut self.levels, &other.levels);
    }

    fn finish(&mut self) {
        self.rates.resize(Self::rates().count(), (0, 0));
        self.levels.resize(RatingLevel::ALL.len(), 0);
    }

    fn row(&self) -> Row {
        let base = self.rates.first().map_or(0, |(_, done)| *done);
        Row { base, cells: self.levels.iter().copied().chain(cells(&self.rates)).collect() }
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

    /// What of it is of one community.
    pub fn of(&self, community: PlaceId) -> Self {
        let own = self.0.iter().filter(|(cell, _)| cell.community == community);
        Self(own.map(|(cell, part)| (cell.clone(), part.clone())).collect())
    }
}
