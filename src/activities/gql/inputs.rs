//! What is sent by those who plan, and which activities are asked for.

use async_graphql::{ID, InputObject, MaybeUndefined};
use chrono::{DateTime, Utc};
use linli_entity::{
    enums::{ActivityKind, ActivityState},
    json::Localised,
};

use crate::{
    activities::{
        queries::ActivityFilter,
        service::{ActivityChange, NewActivity, NewSession, SessionChange},
    },
    api::{self, LocalisedInput, optional_id},
    kernel::{Result, text},
};

/// The theme of a month.
#[derive(InputObject)]
pub struct ThemeCreateInput {
    /// The community.
    pub community_id: ID,
    /// Year.
    pub year: i32,
    /// Month, 1 to 12.
    pub month: i32,
    /// Title: at most 200 characters each.
    pub titles: LocalisedInput,
    /// Description: at most 4000 characters each.
    pub descriptions: Option<LocalisedInput>,
}

/// A change of a theme; what is left out stays.
#[derive(InputObject)]
pub struct ThemeChangeInput {
    /// The theme.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// Title: at most 200 characters each.
    pub titles: Option<LocalisedInput>,
    /// Description: at most 4000 characters each.
    pub descriptions: Option<LocalisedInput>,
}

/// A partner organisation.
#[derive(InputObject)]
pub struct PartnerOrganisationCreateInput {
    /// The community.
    pub community_id: ID,
    /// Names: at most 200 characters each.
    pub names: LocalisedInput,
}

/// A change of a partner organisation; what is left out stays.
#[derive(InputObject)]
pub struct PartnerOrganisationChangeInput {
    /// The organisation.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// Names: at most 200 characters each.
    pub names: Option<LocalisedInput>,
    /// Whether it is in use.
    pub active: Option<bool>,
}

/// A week in which no activity is owed.
#[derive(InputObject)]
pub struct ActivityWeekExemptInput {
    /// The community.
    pub community_id: ID,
    /// ISO year.
    pub iso_year: i32,
    /// ISO week, 1 to 53; it must not have begun.
    pub iso_week: i32,
    /// Why, such as the Spring Festival: at most 200 characters.
    pub reason: String,
}

/// A week that is exempt no more.
#[derive(InputObject)]
pub struct ActivityWeekIncludeInput {
    /// The community.
    pub community_id: ID,
    /// ISO year.
    pub iso_year: i32,
    /// ISO week, 1 to 53; it must not have begun.
    pub iso_week: i32,
}

/// A session: in words where, or in which room, or both.
#[derive(InputObject)]
pub struct ActivitySessionInput {
    /// First instant.
    pub from: DateTime<Utc>,
    /// First instant after it; at most 7 days later.
    pub until: DateTime<Utc>,
    /// Where, in words: at most 200 characters.
    pub place: Option<String>,
    /// The room that it holds. What is taken at that time is refused with `CONFLICT`.
    pub venue_id: Option<ID>,
}

impl ActivitySessionInput {
    pub(super) fn check(self) -> Result<NewSession> {
        Ok(NewSession {
            from: self.from,
            until: self.until,
            place: self.place,
            venue: optional_id("input.sessions.venueId", self.venue_id.as_ref())?,
        })
    }
}

/// A new activity: a draft.
#[derive(InputObject)]
pub struct ActivityCreateInput {
    /// The community.
    pub community_id: ID,
    /// Kind.
    pub kind: ActivityKind,
    /// The theme of a month that it is of.
    pub theme_id: Option<ID>,
    /// Title: at most 200 characters each.
    pub titles: LocalisedInput,
    /// Description: at most 4000 characters each.
    pub descriptions: Option<LocalisedInput>,
    /// How many people there is room for: 1 to 10000.
    pub capacity: i32,
    /// Youngest, in years.
    pub min_age: Option<i32>,
    /// Oldest, in years.
    pub max_age: Option<i32>,
    /// How long the next in line has to accept seats that become free, in minutes: 30 to 10080 (a week).
    /// Leave it out to give them at once.
    pub offer_minutes: Option<i32>,
    /// When registration opens.
    pub registration_opens_at: DateTime<Utc>,
    /// First instant at which registration is closed; the begin of the activity closes it too.
    pub registration_closes_at: DateTime<Utc>,
    /// Sessions: 1 to 50, each to come.
    pub sessions: Vec<ActivitySessionInput>,
    /// Partner organisations of the community that take part: at most 20.
    #[graphql(default)]
    pub partner_ids: Vec<ID>,
    /// A retry under the same key makes no second one.
    pub idempotency_key: Option<String>,
}

impl ActivityCreateInput {
    pub(super) fn check(self) -> Result<NewActivity> {
        let once = api::once(self.idempotency_key.as_ref(), &self)?;
        let partners = self.partner_ids.iter().map(|id| api::id("input.partnerIds", id));
        let (titles, descriptions) = texts(self.titles, self.descriptions)?;
        Ok(NewActivity {
            community: api::id("input.communityId", &self.community_id)?,
            kind: self.kind,
            theme: optional_id("input.themeId", self.theme_id.as_ref())?,
            partners: partners.collect::<Result<_>>()?,
            titles,
            descriptions,
            capacity: self.capacity,
            ages: (self.min_age, self.max_age),
            offer_minutes: self.offer_minutes,
            window: (self.registration_opens_at, self.registration_closes_at),
            sessions: self
                .sessions
                .into_iter()
                .map(ActivitySessionInput::check)
                .collect::<Result<_>>()?,
            once,
        })
    }
}

/// The texts of a new theme or activity.
pub(super) fn texts(
    titles: LocalisedInput,
    descriptions: Option<LocalisedInput>,
) -> Result<(Localised, Localised)> {
    let (titles, descriptions) = texts_given(Some(titles), descriptions)?;
    Ok((titles.unwrap_or_default(), descriptions.unwrap_or_default()))
}

/// Those of a change.
pub(super) fn texts_given(
    titles: Option<LocalisedInput>,
    descriptions: Option<LocalisedInput>,
) -> Result<(Option<Localised>, Option<Localised>)> {
    Ok((
        LocalisedInput::check_optional(titles, "titles", text::TITLE)?,
        LocalisedInput::check_optional(descriptions, "descriptions", text::BODY)?,
    ))
}

/// A change of an activity; what is left out stays.
#[derive(InputObject)]
pub struct ActivityChangeInput {
    /// The activity.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// Kind.
    pub kind: Option<ActivityKind>,
    /// The theme of a month that it is of; null takes it away.
    pub theme_id: MaybeUndefined<ID>,
    /// Title: at most 200 characters each.
    pub titles: Option<LocalisedInput>,
    /// Description: at most 4000 characters each.
    pub descriptions: Option<LocalisedInput>,
    /// How many people there is room for; not fewer than are registered, nor than the largest party
    /// in line. More seats go to the line at once.
    pub capacity: Option<i32>,
    /// Youngest, in years; null for no limit.
    pub min_age: MaybeUndefined<i32>,
    /// Oldest, in years; null for no limit.
    pub max_age: MaybeUndefined<i32>,
    /// How long the next in line has to accept seats that become free, in minutes: 30 to 10080; null to
    /// give them at once. Offers that are made keep their time.
    pub offer_minutes: MaybeUndefined<i32>,
    /// When registration opens.
    pub registration_opens_at: Option<DateTime<Utc>>,
    /// First instant at which registration is closed.
    pub registration_closes_at: Option<DateTime<Utc>>,
    /// Partner organisations that take part, all of them.
    pub partner_ids: Option<Vec<ID>>,
}

impl ActivityChangeInput {
    pub(super) fn check(self) -> Result<ActivityChange> {
        let partners = self.partner_ids.map(|ids| {
            ids.iter().map(|id| api::id("input.partnerIds", id)).collect::<Result<Vec<_>>>()
        });
        let theme = match self.theme_id {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => Some(None),
            MaybeUndefined::Value(id) => Some(Some(api::id("input.themeId", &id)?)),
        };
        let (titles, descriptions) = texts_given(self.titles, self.descriptions)?;
        Ok(ActivityChange {
            kind: self.kind,
            theme,
            titles,
            descriptions,
            capacity: self.capacity,
            min_age: self.min_age.as_opt_ref().map(Option::<&i32>::copied),
            offer_minutes: self.offer_minutes.as_opt_ref().map(Option::<&i32>::copied),
            max_age: self.max_age.as_opt_ref().map(Option::<&i32>::copied),
            opens: self.registration_opens_at,
            closes: self.registration_closes_at,
            partners: partners.transpose()?,
        })
    }
}

/// A step with an activity.
#[derive(InputObject)]
pub struct ActivityPublishInput {
    /// The activity.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
}

/// An activity that does not take place.
#[derive(InputObject)]
pub struct ActivityCancelInput {
    /// The activity.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// Why; everybody reads it: at most 4000 characters.
    pub reason: String,
}

/// The record of an activity that took place.
#[derive(InputObject)]
pub struct ActivityMarkHeldInput {
    /// The activity.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// How many came; needed where nobody was checked in.
    pub attendance: Option<i32>,
    /// A short report; everybody reads it: at most 4000 characters.
    pub report: String,
}

/// A session that is added.
#[derive(InputObject)]
pub struct ActivitySessionAddInput {
    /// The activity.
    pub activity_id: ID,
    /// The version of the activity that was read.
    pub expected_version: i32,
    /// The session.
    pub session: ActivitySessionInput,
}

/// A change of a session; what is left out stays.
#[derive(InputObject)]
pub struct ActivitySessionChangeInput {
    /// The session.
    pub session_id: ID,
    /// The version of the activity that was read.
    pub expected_version: i32,
    /// First instant.
    pub from: Option<DateTime<Utc>>,
    /// First instant after it.
    pub until: Option<DateTime<Utc>>,
    /// Where, in words; null clears it.
    pub place: MaybeUndefined<String>,
    /// The room that it holds; null gives it back.
    pub venue_id: MaybeUndefined<ID>,
}

impl ActivitySessionChangeInput {
    pub(super) fn check(self) -> Result<SessionChange> {
        let venue = match self.venue_id {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => Some(None),
            MaybeUndefined::Value(id) => Some(Some(api::id("input.venueId", &id)?)),
        };
        let place = self.place.as_opt_ref().map(Option::<&String>::cloned);
        Ok(SessionChange { from: self.from, until: self.until, place, venue })
    }
}

/// A session that is taken out.
#[derive(InputObject)]
pub struct ActivitySessionRemoveInput {
    /// The session; not the last one.
    pub session_id: ID,
    /// The version of the activity that was read.
    pub expected_version: i32,
}

/// Which activities are wanted.
#[derive(InputObject, Default)]
pub struct ActivityFilterInput {
    /// Of this kind.
    pub kind: Option<ActivityKind>,
    /// Of this theme.
    pub theme_id: Option<ID>,
    /// In this state.
    pub state: Option<ActivityState>,
    /// That begin then or later.
    pub from: Option<DateTime<Utc>>,
    /// That begin before then.
    pub until: Option<DateTime<Utc>>,
}

impl ActivityFilterInput {
    pub(super) fn check(self) -> Result<ActivityFilter> {
        Ok(ActivityFilter {
            kind: self.kind,
            theme: optional_id("filter.themeId", self.theme_id.as_ref())?,
            state: self.state,
            from: self.from,
            until: self.until,
        })
    }
}
