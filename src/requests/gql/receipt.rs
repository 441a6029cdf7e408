//! What a submitter is given on paper.

use async_graphql::{ComplexObject, Context};

use super::inputs::SubmittedRequest;
use crate::{
    api::Ctx,
    catalogue, communities,
    kernel::Locale,
    requests::receipt::{self, Receipt},
};

#[ComplexObject]
impl SubmittedRequest {
    /// The receipt as plain text in short lines, to be printed in large type: community, matter,
    /// number, tracking code, time, promise and what to bring; nothing of the person.
    async fn receipt(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Another language than the reader's.")] language: Option<Locale>,
    ) -> async_graphql::Result<String> {
        let (app, row) = (ctx.app(), &self.service_request.row);
        let conn = app.db.reader();
        let place = communities::queries::place(app, conn, row.community_id).await?;
        let version = catalogue::queries::version(app, conn, row.matter_version_id).await?;
        let languages = ctx.languages(language);
        let materials: Vec<String> =
            version.materials.0.iter().map(|m| languages.pick(&m.names).to_owned()).collect();
        let receipt = Receipt {
            community: languages.pick(&place.names),
            matter: languages.pick(&version.titles),
            number: &row.number,
            tracking_code: self.tracking_code.as_deref(),
            submitted_at: row.submitted_at,
            promised_days: version.promised_days,
            materials: &materials,
        };
        Ok(receipt::text(&receipt, languages.first(), app.zone))
    }
}
