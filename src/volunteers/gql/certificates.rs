//! Certificates of hours in the schema.

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, NaiveDate, Utc};
use linli_entity::volunteer_certificate;

use crate::{
    api::{Ctx, connection, payload},
    communities::gql::{Place, load},
    kernel::text,
    volunteers::queries,
};

/// One's own certificate of hours. Whoever is shown number and code can check it.
#[derive(Clone)]
pub struct VolunteerCertificate(pub volunteer_certificate::Model);

/// One's own certificate of hours. Whoever is shown number and code can check it.
#[Object(serial)]
impl VolunteerCertificate {
    /// Opaque id.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The community.
    async fn community(&self, ctx: &Context<'_>) -> async_graphql::Result<Place> {
        Ok(load(ctx, self.0.community_id).await?)
    }

    /// Number.
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// Code of 16 characters with which anybody checks it.
    async fn code(&self, ctx: &Context<'_>) -> String {
        queries::code_of(ctx.app(), self.0.id)
    }

    /// Name, as of issue.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// First day.
    async fn from(&self) -> NaiveDate {
        self.0.from_day
    }

    /// Last day.
    async fn until(&self) -> NaiveDate {
        self.0.until_day
    }

    /// Minutes that counted.
    async fn minutes(&self) -> i32 {
        self.0.minutes
    }

    /// When it was issued.
    async fn issued_at(&self) -> DateTime<Utc> {
        self.0.issued_at
    }
}

connection!(
    VolunteerCertificateConnection,
    VolunteerCertificateEdge,
    VolunteerCertificate,
    "certificates of hours"
);

payload! {
    /// Answer of issuing a certificate of hours.
    VolunteerCertificatePayload {
        /// The certificate.
        certificate: VolunteerCertificate
    }
}

/// What anybody who has number and code of a certificate of hours sees.
pub struct CheckedCertificate(pub volunteer_certificate::Model);

/// What anybody who has number and code of a certificate of hours sees.
#[Object]
impl CheckedCertificate {
    /// Number.
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// Name as of issue: first character and a mask.
    async fn name(&self) -> String {
        text::mask_name(&self.0.name)
    }

    /// The community.
    async fn community(&self, ctx: &Context<'_>) -> async_graphql::Result<Place> {
        Ok(load(ctx, self.0.community_id).await?)
    }

    /// First day.
    async fn from(&self) -> NaiveDate {
        self.0.from_day
    }

    /// Last day.
    async fn until(&self) -> NaiveDate {
        self.0.until_day
    }

    /// Minutes that counted.
    async fn minutes(&self) -> i32 {
        self.0.minutes
    }

    /// When it was issued.
    async fn issued_at(&self) -> DateTime<Utc> {
        self.0.issued_at
    }

    /// Whether the records still say the same; if not, they were added to or corrected since.
    async fn current(&self, ctx: &Context<'_>) -> async_graphql::Result<bool> {
        Ok(queries::is_current(ctx.app(), &self.0).await?)
    }
}
