//! Assembles the schema out of the slices.

use std::sync::Arc;

use async_graphql::{
    Context, EmptySubscription, ID, Interface, MergedObject, Object, SDLExportOptions, Schema,
    ValidationMode,
};

use linli_entity::ids::{
    ActivityId, AgencyTaskId, ClaimId, DelegationId, IncidentId, MatterId, PlaceId, RequestId,
    ShiftId, TeamId, VenueBookingId, VenueId, VolunteerId, WishId,
};

use super::limits::Limits;
use crate::{
    activities::gql::{
        Activity, ActivityPartyMutation, ActivityPlanMutation, ActivityQuery, load_activity,
    },
    api,
    appointments::gql::{AppointmentMutation, AppointmentQuery},
    audit::gql::AuditQuery,
    blocks::gql::{BlockMutation, BlockQuery},
    calendar::gql::{CalendarMutation, CalendarQuery},
    catalogue::gql::{CatalogueMutation, CatalogueQuery, Matter, load_matter},
    communities::gql::{Place, PlaceMutation, PlaceQuery, load},
    delegations::gql::{Delegation, DelegationMutation, DelegationQuery, load_delegation},
    feeds::gql::{FeedMutation, FeedQuery},
    identity::gql::{IdentityMutation, IdentityQuery, StaffMutation, StaffQuery},
    incidents::gql::{
        AgencyTask, AgencyTaskMutation, AgencyTaskQuery, Incident, IncidentMutation, IncidentQuery,
        IncidentStatisticsQuery, load_incident, load_task,
    },
    kernel::{App, Error},
    party::gql::{PartyMutation, PartyQuery},
    ratings::gql::{RatingMutation, RatingQuery},
    requests::gql::{ServiceRequest, ServiceRequestMutation, ServiceRequestQuery, request_by_id},
    statistics::gql::StatisticsQuery,
    venues::gql::{Venue, VenueBooking, VenueMutation, VenueQuery, load_booking, load_venue},
    volunteers::gql::{
        Shift, Team, Volunteer, VolunteerMutation, VolunteerQuery, VolunteerTimeMutation,
        VolunteerTimeQuery, load_shift, load_team, load_volunteer,
    },
    wishes::gql::{Wish, WishClaim, WishMutation, WishQuery, load_claim, load_wish},
};

/// The schema of Linli.
pub type Linli = Schema<Query, Mutation, EmptySubscription>;

/// An object with an id that `node` finds.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Opaque id."))]
pub enum Node {
    /// A service request.
    ServiceRequest(ServiceRequest),
    /// A place.
    Place(Place),
    /// A matter.
    Matter(Matter),
    /// An activity.
    Activity(Activity),
    /// A venue.
    Venue(Venue),
    /// A booking of a venue.
    VenueBooking(VenueBooking),
    /// An order or a wish.
    Wish(Wish),
    /// A claim of a wish.
    WishClaim(WishClaim),
    /// A delegation.
    Delegation(Delegation),
    /// What somebody is as a volunteer.
    Volunteer(Volunteer),
    /// A team of volunteers.
    Team(Team),
    /// A shift of volunteers.
    Shift(Shift),
    /// An incident.
    Incident(Incident),
    /// A task of an agency.
    AgencyTask(AgencyTask),
}

/// Finds objects by id, whatever they are.
#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The object of an id that the reader may see, or null.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> async_graphql::Result<Option<Node>> {
        let prefix = id.split('_').next().unwrap_or_default();
        let found = match prefix {
            RequestId::PREFIX => {
                request_by_id(ctx, api::id("id", &id)?).await.map(Node::ServiceRequest)
            }
            PlaceId::PREFIX => load(ctx, api::id("id", &id)?).await.map(Node::Place),
            MatterId::PREFIX => load_matter(ctx, api::id("id", &id)?).await.map(Node::Matter),
            ActivityId::PREFIX => load_activity(ctx, api::id("id", &id)?).await.map(Node::Activity),
            VenueId::PREFIX => load_venue(ctx, api::id("id", &id)?).await.map(Node::Venue),
            VenueBookingId::PREFIX => {
                load_booking(ctx, api::id("id", &id)?).await.map(Node::VenueBooking)
            }
            WishId::PREFIX => load_wish(ctx, api::id("id", &id)?).await.map(Node::Wish),
            ClaimId::PREFIX => load_claim(ctx, api::id("id", &id)?).await.map(Node::WishClaim),
            DelegationId::PREFIX => {
                load_delegation(ctx, api::id("id", &id)?).await.map(Node::Delegation)
            }
            VolunteerId::PREFIX => {
                load_volunteer(ctx, api::id("id", &id)?).await.map(Node::Volunteer)
            }
            TeamId::PREFIX => load_team(ctx, api::id("id", &id)?).await.map(Node::Team),
            ShiftId::PREFIX => load_shift(ctx, api::id("id", &id)?).await.map(Node::Shift),
            IncidentId::PREFIX => load_incident(ctx, api::id("id", &id)?).await.map(Node::Incident),
            AgencyTaskId::PREFIX => load_task(ctx, api::id("id", &id)?).await.map(Node::AgencyTask),
            _ => Err(Error::bad_input("id", "the id of something that has one of its own")),
        };
        match found {
            Ok(node) => Ok(Some(node)),
            Err(Error::NotFound) => Ok(None),
            Err(other) => Err(other.into()),
        }
    }
}

/// What can be asked.
#[derive(MergedObject, Default)]
pub struct Query(
    NodeQuery,
    IdentityQuery,
    StaffQuery,
    PlaceQuery,
    CatalogueQuery,
    CalendarQuery,
    ServiceRequestQuery,
    RatingQuery,
    StatisticsQuery,
    AuditQuery,
    AppointmentQuery,
    ActivityQuery,
    VenueQuery,
    VolunteerQuery,
    VolunteerTimeQuery,
    FeedQuery,
    WishQuery,
    PartyQuery,
    DelegationQuery,
    BlockQuery,
    IncidentQuery,
    AgencyTaskQuery,
    IncidentStatisticsQuery,
);

/// What can be done. Every mutation takes one `input` and answers with the changed object and
/// `errors`.
#[derive(MergedObject, Default)]
pub struct Mutation(
    IdentityMutation,
    StaffMutation,
    PlaceMutation,
    CatalogueMutation,
    CalendarMutation,
    ServiceRequestMutation,
    RatingMutation,
    AppointmentMutation,
    ActivityPlanMutation,
    ActivityPartyMutation,
    VenueMutation,
    VolunteerMutation,
    VolunteerTimeMutation,
    FeedMutation,
    WishMutation,
    PartyMutation,
    DelegationMutation,
    BlockMutation,
    IncidentMutation,
    AgencyTaskMutation,
);

/// Builds the schema over an application. A trusting one leaves out the rules of validation that
/// look at a document only; the limits are those of both.
pub fn build(
    app: Arc<App>,
    limits: &Limits,
    introspection: bool,
    suggestions: bool,
    mode: ValidationMode,
) -> Linli {
    let mut builder = Schema::build(Query::default(), Mutation::default(), EmptySubscription)
        .register_output_type::<Node>()
        .limit_depth(limits.depth)
        .limit_complexity(limits.complexity)
        .limit_directives(limits.directives)
        .validation_mode(mode)
        .data(api::PageLimit(limits.page_size))
        .data(app);
    if !introspection {
        builder = builder.disable_introspection();
    }
    if !suggestions {
        builder = builder.disable_suggestions();
    }
    builder.finish()
}

/// The schema as text, sorted so that differences are stable.
pub fn sdl() -> String {
    let schema = Schema::build(Query::default(), Mutation::default(), EmptySubscription)
        .register_output_type::<Node>()
        .finish();
    let options = SDLExportOptions::new()
        .sorted_fields()
        .sorted_arguments()
        .sorted_enum_items()
        .prefer_single_line_descriptions();
    schema.sdl_with_options(options)
}
