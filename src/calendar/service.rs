//! Publishing calendars.

use chrono::{Days, NaiveDate};
use linli_entity::{
    calendar_version,
    enums::CalendarKind,
    ids::{CalendarVersionId, PlaceId},
};
use sea_orm::EntityTrait;

use super::{queries, rules::Rules, time::Calendar};
use crate::{
    communities,
    kernel::{
        Action, Actor, App, Code, Committed, Error, Event, Rejected, Result, Target, policy, text,
    },
};

/// A new version of a calendar.
#[derive(Clone, Debug)]
pub struct NewCalendar {
    /// Whose.
    pub community: PlaceId,
    /// Which.
    pub kind: CalendarKind,
    /// First day that it governs.
    pub effective_from: NaiveDate,
    /// The rules.
    pub rules: Rules,
    /// Why the past is corrected; needed if the first day is not after today.
    pub reason: Option<String>,
}

/// Checks rules that came from outside.
pub fn check(rules: &Rules, effective_from: NaiveDate) -> Result<()> {
    if let Some(problem) = rules.problem() {
        return Err(Rejected::at(Code::CalendarInvalid, "rules").with("wanted", problem).into());
    }
    let year = chrono::Datelike::year(&effective_from);
    if !rules.knows(year) {
        return Err(Rejected::at(Code::CalendarYearMissing, "rules.years")
            .with("year", year)
            .into());
    }
    Ok(())
}

/// The calendar as it would be with a new version; nothing is stored.
pub async fn preview(app: &App, actor: &Actor, input: &NewCalendar) -> Result<Calendar> {
    policy::authorize(actor, Action::CalendarManage, &Target::community(input.community))?;
    check(&input.rules, input.effective_from)?;
    let mut versions = Vec::new();
    for row in queries::all(app.db.reader(), input.community, input.kind).await? {
        let rules = serde_json::from_value(row.rules).map_err(Error::internal)?;
        versions.push((row.effective_from, row.version, rules));
    }
    let next = versions.iter().map(|(_, number, _)| *number).max().unwrap_or(0) + 1;
    versions.push((input.effective_from, next, input.rules.clone()));
    Ok(Calendar::new(app.zone, versions))
}

/// Publishes a version. It applies from tomorrow at the earliest; the past is corrected only by an
/// administrator and with a reason. A job then rewrites the deadlines of open requests.
pub async fn publish(
    app: &App,
    actor: &Actor,
    input: NewCalendar,
) -> Result<Committed<calendar_version::Model>> {
    text::check_optional("reason", input.reason.as_deref(), text::BODY)?;
    check(&input.rules, input.effective_from)?;
    let tx = app.begin(actor).await?;
    let target = Target::community(input.community);
    let tomorrow = app.day(tx.now()) + Days::new(1);
    let permit = if input.effective_from < tomorrow {
        let permit = tx.authorize(Action::CalendarCorrect, &target).map_err(|e| match e {
            // Who may publish for coming days hears why not for this one; others that they may not.
            Error::Forbidden if policy::allowed(actor, Action::CalendarManage, &target) => {
                Rejected::at(Code::CalendarNotFuture, "effectiveFrom").into()
            }
            other => other,
        })?;
        text::check("reason", input.reason.as_deref().unwrap_or_default(), text::BODY)?;
        permit
    } else {
        tx.authorize(Action::CalendarManage, &target)?
    };
    communities::queries::active_community(&tx, input.community).await?;
    let current = queries::load(app, tx.conn(), input.community, input.kind).await?;
    let row = calendar_version::Model {
        id: CalendarVersionId(tx.new_id()),
        community_id: input.community,
        kind: input.kind,
        version: current.version() + 1,
        effective_from: input.effective_from,
        rules: serde_json::to_value(&input.rules).map_err(Error::internal)?,
        reason: input.reason,
        published_by: actor.account(),
        published_at: tx.now(),
    };
    calendar_version::Entity::insert(calendar_version::ActiveModel::from(row.clone()))
        .exec_without_returning(tx.conn())
        .await?;
    let event = Event::new(permit, "CALENDAR_PUBLISHED", "place", input.community)
        .community(input.community)
        .data(serde_json::json!({ "kind": row.kind, "version": row.version }));
    tx.forgets(queries::MEMO, input.community.0);
    tx.commit(vec![event], row).await
}
