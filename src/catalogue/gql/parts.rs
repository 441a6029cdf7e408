//! What a version of a matter asks of residents.

use async_graphql::{Context, Object};
use linli_entity::json::{Choice, Material, MaterialHandling, Question, QuestionType};

use crate::{api::Ctx, kernel::Locale};

/// Something to bring.
pub struct MatterMaterial(pub(super) Material);

/// Something to bring.
#[Object]
impl MatterMaterial {
    /// Its name in the reader's language.
    async fn name(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Another language than the reader's.")] language: Option<Locale>,
    ) -> &str {
        ctx.languages(language).pick(&self.0.names)
    }

    /// Whether a copy is kept.
    async fn handling(&self) -> MaterialHandling {
        self.0.handling
    }
}

/// A question that a submission must answer.
pub struct MatterQuestion(pub(super) Question);

/// A question that a submission must answer.
#[Object]
impl MatterQuestion {
    /// Names the question in answers.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// What is asked, in the reader's language.
    async fn label(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Another language than the reader's.")] language: Option<Locale>,
    ) -> &str {
        ctx.languages(language).pick(&self.0.labels)
    }

    /// Type of the answer.
    async fn datatype(&self) -> QuestionType {
        self.0.datatype
    }

    /// Whether an answer must be given.
    async fn required(&self) -> bool {
        self.0.required
    }

    /// Position, from 1.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// Choices of the choice types; empty otherwise; at most 50.
    async fn choices(&self) -> Vec<QuestionChoice> {
        self.0.choices.iter().cloned().map(QuestionChoice).collect()
    }
}

/// A choice of a question.
pub struct QuestionChoice(Choice);

/// A choice of a question.
#[Object]
impl QuestionChoice {
    /// Names the choice in answers.
    async fn key(&self) -> &str {
        &self.0.key
    }

    /// What is shown, in the reader's language.
    async fn label(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Another language than the reader's.")] language: Option<Locale>,
    ) -> &str {
        ctx.languages(language).pick(&self.0.labels)
    }
}
