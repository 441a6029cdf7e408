//! Inputs of blocks, offices and agencies.

use async_graphql::{ID, InputObject, MaybeUndefined};
use chrono::NaiveDate;
use linli_entity::{
    enums::{Parity, Role, TermEnd},
    ids::{PlaceId, StandInId, TermId},
    json::Localised,
};

use crate::{
    api::{self, LocalisedInput},
    blocks::{
        rules::{addresses::Line, agencies},
        service::{BlockChange, NewStandIn, NewTerm, TermsChange},
    },
    kernel::{Error, Result, text},
};

/// House numbers of a street that belong to a block.
#[derive(InputObject)]
pub struct BlockAddressInput {
    /// The street: 1 to 200 characters.
    pub street: String,
    /// First house number, 1 to 99,999; from the first if not given.
    pub from: Option<i32>,
    /// Last house number; to the last if not given.
    pub until: Option<i32>,
    /// Which of them.
    #[graphql(default_with = "Parity::All")]
    pub parity: Parity,
}

/// A change of what is known of a block; what is left out stays.
#[derive(InputObject)]
pub struct BlockChangeInput {
    /// The block.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// The station of the community where its people sit; null clears it.
    pub station_id: MaybeUndefined<ID>,
    /// When somebody sits there: at most 200 characters in each language; null clears it.
    pub hours: MaybeUndefined<LocalisedInput>,
    /// How to find them: at most 200 characters; null clears it.
    pub address_note: MaybeUndefined<String>,
    /// Where it lies: a Polygon or MultiPolygon of GeoJSON (RFC 7946, WGS 84), of at most 100,000 bytes, 2000
    /// points, 100 rings and 100 km². It may not overlap another block of the community by more than a
    /// hundredth of the smaller: else `BLOCKS_OVERLAP`. Nor one that is closed, which may be opened again:
    /// clear that one's area first. Null clears it.
    pub area: MaybeUndefined<String>,
    /// The addresses that belong to it, instead of those that did: at most 200.
    pub addresses: Option<Vec<BlockAddressInput>>,
}

/// What was sent of something that can be cleared.
#[expect(clippy::option_option, reason = "left out, cleared or given")]
fn clearable<T>(given: MaybeUndefined<T>) -> Option<Option<T>> {
    match given {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}

#[expect(clippy::option_option, reason = "left out, cleared or given")]
fn localised(
    given: MaybeUndefined<LocalisedInput>,
    path: &str,
    max: usize,
) -> Result<Option<Option<Localised>>> {
    let check = |texts| LocalisedInput::check_optional(texts, path, max);
    clearable(given).map(check).transpose()
}

impl BlockChangeInput {
    /// Checks and translates.
    pub fn check(self) -> Result<((PlaceId, i32), BlockChange)> {
        let station = clearable(self.station_id);
        let station =
            station.map(|s| api::optional_id("input.stationId", s.as_ref())).transpose()?;
        let line = |line: BlockAddressInput| Line {
            street: line.street,
            from: line.from,
            until: line.until,
            parity: line.parity,
        };
        let change = BlockChange {
            station,
            hours: localised(self.hours, "hours", text::LINE)?,
            address_note: clearable(self.address_note),
            area: clearable(self.area),
            addresses: self.addresses.map(|lines| lines.into_iter().map(line).collect()),
        };
        Ok(((api::id("input.id", &self.id)?, self.expected_version), change))
    }
}

/// A new term of office.
#[derive(InputObject)]
pub struct OfficeTermBeginInput {
    /// The block; of a general lead the subdistrict.
    pub place_id: ID,
    /// BLOCK_LEAD, DEPUTY_BLOCK_LEAD or GENERAL_LEAD.
    pub role: Role,
    /// Who is to have it.
    pub account_id: ID,
    /// First day: at most 20 years back, 366 days ahead; today if not given.
    pub from: Option<NaiveDate>,
    /// The name that everybody is to see, for somebody who registered as a resident: at most 200 characters.
    /// Accounts of staff have one.
    pub staff_name: Option<String>,
    /// Sent again with the same input it does nothing twice: 1 to 100 characters.
    pub idempotency_key: Option<String>,
}

impl OfficeTermBeginInput {
    /// Checks and translates.
    pub fn check(self) -> Result<NewTerm> {
        let once = api::once(self.idempotency_key.as_ref(), &self)?;
        Ok(NewTerm {
            place: api::id("input.placeId", &self.place_id)?,
            role: self.role,
            account: api::id("input.accountId", &self.account_id)?,
            from: self.from,
            staff_name: self.staff_name,
            once,
        })
    }
}

/// A term of office that ends.
#[derive(InputObject)]
pub struct OfficeTermEndInput {
    /// The term.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// First day after it, from its first day to 366 days ahead; today if not given, and then it ends at
    /// once. Of a mistake it is not looked at.
    pub until: Option<NaiveDate>,
    /// Why. What was recorded by mistake never was.
    pub because: TermEnd,
}

impl OfficeTermEndInput {
    /// Checks and translates.
    pub fn check(&self) -> Result<(TermId, i32)> {
        Ok((api::id("input.id", &self.id)?, self.expected_version))
    }
}

/// Who stands in for whoever has an office.
#[derive(InputObject)]
pub struct OfficeStandInSetInput {
    /// The term.
    pub term_id: ID,
    /// The version of the term that was read.
    pub expected_version: i32,
    /// Who stands in.
    pub account_id: ID,
    /// First day: not in the past; today if not given.
    pub from: Option<NaiveDate>,
    /// First day after it: at most 366 days ahead, and not after the term.
    pub until: NaiveDate,
    /// The name that everybody is to see, for somebody who registered as a resident: at most 200 characters.
    pub staff_name: Option<String>,
}

impl OfficeStandInSetInput {
    /// Checks and translates.
    pub fn check(self) -> Result<((TermId, i32), NewStandIn)> {
        let new = NewStandIn {
            account: api::id("input.accountId", &self.account_id)?,
            from: self.from,
            until: self.until,
            staff_name: self.staff_name,
        };
        Ok(((api::id("input.termId", &self.term_id)?, self.expected_version), new))
    }
}

/// Standing in that is cancelled.
#[derive(InputObject)]
pub struct OfficeStandInCancelInput {
    /// Which.
    pub id: ID,
    /// The version of the term that was read.
    pub expected_version: i32,
}

impl OfficeStandInCancelInput {
    /// Checks and translates.
    pub fn check(&self) -> Result<(StandInId, i32)> {
        Ok((api::id("input.id", &self.id)?, self.expected_version))
    }
}

/// What is agreed with an agency; what is left out stays.
#[derive(InputObject)]
pub struct AgencyTermsSetInput {
    /// The agency.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// What it is called in for: at most 1000 characters in each language; null clears it.
    pub duties: MaybeUndefined<LocalisedInput>,
    /// Minutes in which it signs for a task, day and night: 5 to 10,080.
    pub sign_minutes: Option<i32>,
    /// Minutes in which it contacts the parties, day and night: 5 to 43,200.
    pub contact_minutes: Option<i32>,
    /// Working days in which it is done: 1 to 90.
    pub finish_days: Option<i32>,
    /// Minutes in which an emergency is done, day and night: 5 to 43,200.
    pub urgent_finish_minutes: Option<i32>,
}

impl AgencyTermsSetInput {
    /// Checks and translates.
    pub fn check(self) -> Result<((PlaceId, i32), TermsChange), Error> {
        let change = TermsChange {
            duties: localised(self.duties, "duties", agencies::LONGEST_DUTIES)?,
            sign_minutes: self.sign_minutes,
            contact_minutes: self.contact_minutes,
            finish_days: self.finish_days,
            urgent_finish_minutes: self.urgent_finish_minutes,
        };
        Ok(((api::id("input.id", &self.id)?, self.expected_version), change))
    }
}
