//! Keyset paging over (time, id), with opaque cursors.

use std::fmt::Write;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, Datelike, Utc};
use sea_orm::{
    DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select, Statement,
    Value,
    sea_query::{Expr, ExprTrait, Func, IntoColumnRef, Order, SimpleExpr},
};
use uuid::Uuid;

use super::error::{Error, Result};

/// Items of a page when nothing is asked for.
pub const DEFAULT: u64 = 20;
/// Most items of a page.
pub const MAX: u64 = 100;

/// Limits that statements are written with.
const LIMITS: [u64; 5] = [6, 11, 21, 51, MAX + 1];

/// A position in a list ordered by (time, id).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Time of the item.
    pub at: DateTime<Utc>,
    /// Its id.
    pub id: Uuid,
}

impl Cursor {
    /// As clients see it.
    pub fn encode(&self) -> String {
        let mut bytes = self.at.timestamp_micros().to_be_bytes().to_vec();
        bytes.extend(self.id.as_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads what [`Cursor::encode`] wrote.
    pub fn decode(text: &str) -> Result<Self> {
        let wrong = || Error::bad_input("after", "a cursor of this list");
        if text.len() != 32 {
            return Err(wrong());
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| wrong())?;
        let (at, id) = bytes.split_first_chunk::<8>().ok_or_else(wrong)?;
        let at = DateTime::from_timestamp_micros(i64::from_be_bytes(*at)).ok_or_else(wrong)?;
        // What both engines can hold.
        if !(1..=9999).contains(&at.year()) {
            return Err(wrong());
        }
        let id = Uuid::from_slice(id).map_err(|_| wrong())?;
        Ok(Self { at, id })
    }
}

/// What part of a list is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PageArgs {
    /// How many items.
    pub first: Option<u64>,
    /// Behind which one.
    pub after: Option<Cursor>,
}

impl PageArgs {
    /// Checks arguments as clients send them; `most` is what this set-up allows, up to [`MAX`].
    pub fn new(first: Option<i32>, after: Option<&str>, most: u64) -> Result<Self> {
        let most = Ord::min(most, MAX);
        let allowed = |n: i32| u64::try_from(n).ok().filter(|n| (1..=most).contains(n));
        let first = match first {
            None => Ord::min(DEFAULT, most),
            Some(n) => {
                allowed(n).ok_or_else(|| Error::bad_input("first", format!("1 to {most}")))?
            }
        };
        Ok(Self { first: Some(first), after: after.map(Cursor::decode).transpose()? })
    }

    /// Items wanted.
    pub fn size(&self) -> u64 {
        self.first.unwrap_or(DEFAULT)
    }

    /// Orders, seeks and limits `select` by the columns (`at`, `id`). One more row than wanted is
    /// read, which tells whether there is a next page.
    pub fn apply<E: EntityTrait>(
        &self,
        select: Select<E>,
        at: impl IntoColumnRef + Copy,
        id: impl IntoColumnRef + Copy,
        order: Order,
    ) -> Select<E> {
        self.order(select, at, id, order).limit(self.size() + 1)
    }

    /// The statement of an ordered `select` whose limit is written out: a plan made once for all
    /// values takes a limit that it does not know for a tenth of the rows, and plans for more than a
    /// page. The limits are few, so that the prepared statements are.
    pub fn statement<E: EntityTrait>(&self, select: &Select<E>, backend: DbBackend) -> Statement {
        let wanted = self.size() + 1;
        let limit = LIMITS.into_iter().find(|l| *l >= wanted).unwrap_or(wanted);
        let mut statement = select.build(backend);
        _ = write!(statement.sql, " LIMIT {limit}");
        statement
    }

    /// Orders and seeks `select` by the columns (`at`, `id`). Row values keep it one index range.
    pub fn order<E: EntityTrait>(
        &self,
        select: Select<E>,
        at: impl IntoColumnRef + Copy,
        id: impl IntoColumnRef + Copy,
        order: Order,
    ) -> Select<E> {
        let mut select = select;
        if let Some(cursor) = self.after {
            let key = Expr::tuple([Expr::col(at), Expr::col(id)]);
            let position =
                Expr::tuple([Expr::val(Value::from(cursor.at)), Expr::val(Value::from(cursor.id))]);
            select = select.filter(if order == Order::Asc {
                key.gt(position)
            } else {
                key.lt(position)
            });
        }
        select.order_by(Expr::col(at), order.clone()).order_by(Expr::col(id), order)
    }

    /// Cuts the extra row off.
    pub fn cut<T>(&self, mut rows: Vec<T>) -> Page<T> {
        let size = usize::try_from(self.size()).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        Page { rows, more, later: self.after.is_some() }
    }
}

/// A part of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The items.
    pub rows: Vec<T>,
    /// Whether there are more behind them.
    pub more: bool,
    /// Whether there are some before them.
    pub later: bool,
}

/// Whether the folded text in `column` holds the folded `needle`: the engine compares letters, with
/// no pattern language in between.
pub fn contains(backend: DbBackend, column: impl IntoColumnRef, needle: &str) -> SimpleExpr {
    let function = if backend == DbBackend::Postgres { "strpos" } else { "instr" };
    let call = Func::cust(function).arg(Expr::col(column)).arg(needle);
    Expr::expr(call).gt(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_survive_the_trip_and_rubbish_is_refused() {
        let cursor = Cursor {
            at: DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap(),
            id: Uuid::from_u128(7),
        };
        assert_eq!(Cursor::decode(&cursor.encode()).unwrap(), cursor);
        for rubbish in
            ["", "x", "ÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿ", &"A".repeat(33), "!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!"]
        {
            assert!(Cursor::decode(rubbish).is_err());
        }
        assert!(PageArgs::new(Some(0), None, MAX).is_err());
        assert!(PageArgs::new(Some(101), None, 1000).is_err());
        assert!(PageArgs::new(Some(11), None, 10).is_err());
        assert_eq!(PageArgs::new(None, None, 10).unwrap().size(), 10);
    }
}
