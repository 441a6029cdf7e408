//! Making and taking back the link to one's own calendar.

use linli_entity::{calendar_feed, ids::CalendarFeedId, person};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr};

use crate::kernel::{Action, Actor, App, Code, Committed, Error, Event, Result, Target, crypto};

/// Characters of a token: 160 random bits.
const TOKEN: usize = 32;

/// A link and the token in it, which is known only now.
#[derive(Clone, Debug)]
pub struct NewFeed {
    /// The link.
    pub row: calendar_feed::Model,
    /// 32 characters; only their hash is stored.
    pub token: String,
}

/// Makes a link. One that is in use is revoked with it, or stands in the way.
pub async fn create(app: &App, actor: &Actor, replace: bool) -> Result<Committed<NewFeed>> {
    let user = actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let permit = tx.authorize(Action::OwnAccount, &Target::NONE)?;
    // Two that are made at once are made one after the other.
    person::Entity::find_by_id(user.person)
        .lock_exclusive()
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    let mut events = Vec::new();
    let known = calendar_feed::Entity::find()
        .filter(calendar_feed::Column::PersonId.eq(user.person))
        .filter(calendar_feed::Column::RevokedAt.is_null())
        .one(tx.conn())
        .await?;
    if let Some(known) = known {
        if !replace {
            return Err(Code::Conflict.into());
        }
        calendar_feed::Entity::update_many()
            .col_expr(calendar_feed::Column::RevokedAt, Expr::value(tx.now()))
            .filter(calendar_feed::Column::Id.eq(known.id))
            .exec(tx.conn())
            .await?;
        let permit = tx.authorize(Action::OwnAccount, &Target::NONE)?;
        events.push(Event::new(permit, "CALENDAR_FEED_REVOKED", "calendar_feed", known.id));
    }
    let token = crypto::code(&app.ids, TOKEN);
    let row = calendar_feed::Model {
        id: CalendarFeedId(tx.new_id()),
        person_id: user.person,
        token_hash: crypto::sha256(token.as_bytes()),
        created_at: tx.now(),
        revoked_at: None,
    };
    calendar_feed::Entity::insert(calendar_feed::ActiveModel::from(row.clone()))
        .exec_without_returning(tx.conn())
        .await?;
    events.push(Event::new(permit, "CALENDAR_FEED_CREATED", "calendar_feed", row.id).row_held());
    tx.commit(events, NewFeed { row, token }).await
}

/// Takes a link back: it opens nothing any more.
pub async fn revoke(
    app: &App,
    actor: &Actor,
    id: CalendarFeedId,
) -> Result<Committed<calendar_feed::Model>> {
    let user = actor.signed_in()?;
    let tx = app.begin(actor).await?;
    let permit = tx.authorize(Action::OwnAccount, &Target::NONE)?;
    let mut row = calendar_feed::Entity::find_by_id(id)
        .filter(calendar_feed::Column::PersonId.eq(user.person))
        .filter(calendar_feed::Column::RevokedAt.is_null())
        .lock_exclusive()
        .one(tx.conn())
        .await?
        .ok_or(Error::NotFound)?;
    row.revoked_at = Some(tx.now());
    calendar_feed::Entity::update_many()
        .col_expr(calendar_feed::Column::RevokedAt, Expr::value(tx.now()))
        .filter(calendar_feed::Column::Id.eq(id))
        .exec(tx.conn())
        .await?;
    let event = Event::new(permit, "CALENDAR_FEED_REVOKED", "calendar_feed", id).row_held();
    tx.commit(vec![event], row).await
}
