//! Mutations of those who plan.

use async_graphql::{Context, Object};

use super::{
    inputs::{
        ActivityCancelInput, ActivityChangeInput, ActivityCreateInput, ActivityMarkHeldInput,
        ActivityPublishInput, ActivitySessionAddInput, ActivitySessionChangeInput,
        ActivitySessionRemoveInput, ActivityWeekExemptInput, ActivityWeekIncludeInput,
        PartnerOrganisationChangeInput, PartnerOrganisationCreateInput, ThemeChangeInput,
        ThemeCreateInput, texts, texts_given,
    },
    objects::{Activity, ExemptWeek, PartnerOrganisation, Theme},
};
use crate::{
    activities::{
        rules::Week,
        service::{self, Completion, NewPartner, NewTheme, PartnerChange, ThemeChange},
    },
    api::{self, Ctx, LocalisedInput, payload},
    kernel::text,
};

payload! {
    /// Answer of setting or changing the theme of a month.
    ThemePayload {
        /// The theme.
        theme: Theme
    }
    /// Answer of entering or changing a partner organisation.
    PartnerOrganisationPayload {
        /// The organisation.
        partner: PartnerOrganisation
    }
    /// Answer of declaring a week exempt, or of taking that back.
    ExemptWeekPayload {
        /// The week.
        week: ExemptWeek
    }
    /// Answer of a step with an activity.
    ActivityPayload {
        /// The activity.
        activity: Activity
    }
}

/// Mutations of those who plan.
#[derive(Default)]
pub struct ActivityPlanMutation;

#[Object]
impl ActivityPlanMutation {
    /// Sets the theme of a month: one for each community and month, a second is refused with
    /// `CONFLICT`. For managers.
    async fn theme_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The theme.")] input: ThemeCreateInput,
    ) -> async_graphql::Result<ThemePayload> {
        let community = api::id("input.communityId", &input.community_id)?;
        let done = async {
            let month = (input.year, input.month);
            let (titles, descriptions) = texts(input.titles, input.descriptions)?;
            let new = NewTheme { community, month, titles, descriptions };
            service::theme_create(ctx.app(), ctx.actor(), new).await
        }
        .await;
        ThemePayload::new(ctx, done, Theme)
    }

    /// Changes the words of a theme. For managers.
    async fn theme_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change.")] input: ThemeChangeInput,
    ) -> async_graphql::Result<ThemePayload> {
        let id = api::id("input.id", &input.id)?;
        let done = async {
            let (titles, descriptions) = texts_given(input.titles, input.descriptions)?;
            let change = ThemeChange { titles, descriptions };
            let (app, actor) = (ctx.app(), ctx.actor());
            service::theme_change(app, actor, id, input.expected_version, change).await
        }
        .await;
        ThemePayload::new(ctx, done, Theme)
    }

    /// Enters an organisation that takes part in activities. For managers.
    async fn partner_organisation_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The organisation.")] input: PartnerOrganisationCreateInput,
    ) -> async_graphql::Result<PartnerOrganisationPayload> {
        let community = api::id("input.communityId", &input.community_id)?;
        let done = async {
            let names = input.names.check("names", text::LINE)?;
            let new = NewPartner { community, names };
            service::partner_create(ctx.app(), ctx.actor(), new).await
        }
        .await;
        PartnerOrganisationPayload::new(ctx, done, PartnerOrganisation)
    }

    /// Changes a partner organisation. For managers.
    async fn partner_organisation_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change.")] input: PartnerOrganisationChangeInput,
    ) -> async_graphql::Result<PartnerOrganisationPayload> {
        let id = api::id("input.id", &input.id)?;
        let done = async {
            let names = LocalisedInput::check_optional(input.names, "names", text::LINE)?;
            let change = PartnerChange { names, active: input.active };
            let (app, actor) = (ctx.app(), ctx.actor());
            service::partner_change(app, actor, id, input.expected_version, change).await
        }
        .await;
        PartnerOrganisationPayload::new(ctx, done, PartnerOrganisation)
    }

    /// Declares, before it begins, that no activity is owed in a week. For managers.
    async fn activity_week_exempt(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The week.")] input: ActivityWeekExemptInput,
    ) -> async_graphql::Result<ExemptWeekPayload> {
        let community = api::id("input.communityId", &input.community_id)?;
        let week = Week { year: input.iso_year, week: input.iso_week };
        let (app, actor) = (ctx.app(), ctx.actor());
        let done = service::week_exempt(app, actor, community, week, input.reason).await;
        ExemptWeekPayload::new(ctx, done, ExemptWeek::from)
    }

    /// Takes it back, before the week begins: an activity is owed in it again. For managers.
    async fn activity_week_include(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The week.")] input: ActivityWeekIncludeInput,
    ) -> async_graphql::Result<ExemptWeekPayload> {
        let community = api::id("input.communityId", &input.community_id)?;
        let week = Week { year: input.iso_year, week: input.iso_week };
        let done = service::week_include(ctx.app(), ctx.actor(), community, week).await;
        ExemptWeekPayload::new(ctx, done, ExemptWeek::from)
    }

    /// Plans an activity: a draft that only those who plan see. Its sessions hold their rooms from now
    /// on. For managers.
    async fn activity_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The activity.")] input: ActivityCreateInput,
    ) -> async_graphql::Result<ActivityPayload> {
        let done = async { service::create(ctx.app(), ctx.actor(), input.check()?).await }.await;
        ActivityPayload::new(ctx, done, Activity::new)
    }

    /// Changes an activity before it begins. Once it is published, those registered and in line are
    /// told. For managers.
    async fn activity_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change.")] input: ActivityChangeInput,
    ) -> async_graphql::Result<ActivityPayload> {
        let id = api::id("input.id", &input.id)?;
        let version = input.expected_version;
        let done = async {
            let change = input.check()?;
            service::change(ctx.app(), ctx.actor(), id, version, change).await
        }
        .await;
        ActivityPayload::new(ctx, done, Activity::new)
    }

    /// Shows a draft to everybody. For managers.
    async fn activity_publish(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: ActivityPublishInput,
    ) -> async_graphql::Result<ActivityPayload> {
        let id = api::id("input.id", &input.id)?;
        let done = service::publish(ctx.app(), ctx.actor(), id, input.expected_version).await;
        ActivityPayload::new(ctx, done, Activity::new)
    }

    /// Cancels an activity: its rooms are free again, its registrations end, and those who had one
    /// are told. For managers.
    async fn activity_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why.")] input: ActivityCancelInput,
    ) -> async_graphql::Result<ActivityPayload> {
        let id = api::id("input.id", &input.id)?;
        let (app, actor) = (ctx.app(), ctx.actor());
        let done = service::cancel(app, actor, id, input.expected_version, input.reason).await;
        ActivityPayload::new(ctx, done, Activity::new)
    }

    /// Reports an activity as held, once it has begun: how many came, unless check-ins tell, and a
    /// short report. For managers.
    async fn activity_mark_held(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The record.")] input: ActivityMarkHeldInput,
    ) -> async_graphql::Result<ActivityPayload> {
        let id = api::id("input.id", &input.id)?;
        let record = Completion { attendance: input.attendance, report: input.report };
        let (app, actor) = (ctx.app(), ctx.actor());
        let done = service::mark_held(app, actor, id, input.expected_version, record).await;
        ActivityPayload::new(ctx, done, Activity::new)
    }

    /// Adds a session. Those registered are told once the activity is published. For managers.
    async fn activity_session_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The session.")] input: ActivitySessionAddInput,
    ) -> async_graphql::Result<ActivityPayload> {
        let id = api::id("input.activityId", &input.activity_id)?;
        let new = input.session.check()?;
        let (app, actor) = (ctx.app(), ctx.actor());
        let done = service::session_add(app, actor, id, input.expected_version, new).await;
        ActivityPayload::new(ctx, done, Activity::new)
    }

    /// Moves a session that is to come, up to two hours before. If its new room is taken it is refused
    /// with `CONFLICT` and keeps the old one. For managers.
    async fn activity_session_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change.")] input: ActivitySessionChangeInput,
    ) -> async_graphql::Result<ActivityPayload> {
        let id = api::id("input.sessionId", &input.session_id)?;
        let version = input.expected_version;
        let change = input.check()?;
        let done = service::session_change(ctx.app(), ctx.actor(), id, version, change).await;
        ActivityPayload::new(ctx, done, Activity::new)
    }

    /// Takes out a session that is to come, up to two hours before; its room is free again. For
    /// managers.
    async fn activity_session_remove(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: ActivitySessionRemoveInput,
    ) -> async_graphql::Result<ActivityPayload> {
        let id = api::id("input.sessionId", &input.session_id)?;
        let (app, actor) = (ctx.app(), ctx.actor());
        let done = service::session_remove(app, actor, id, input.expected_version).await;
        ActivityPayload::new(ctx, done, Activity::new)
    }
}
