//! What clients send about matters.

use async_graphql::{ID, InputObject};
use linli_entity::{
    enums::{Confidentiality, DecidedBy, IntakeChannel, LimitUnit, MatterKind, ServiceMode},
    json::{
        Channels, Choice, Material, MaterialHandling, Materials, Modes, Question, QuestionType,
        Questions,
    },
};

use crate::{
    api::LocalisedInput,
    catalogue::service::{MatterContent, RESPONSE_MINUTES},
    kernel::{Result, text},
};

/// Which matters are wanted.
#[derive(InputObject, Default)]
pub struct MatterFilterInput {
    /// Any part of a title or the code, in any language; letters of both cases are the same, and
    /// `%` and `_` are letters. At most 200 characters.
    pub search: Option<String>,
    /// Of this department.
    pub department_id: Option<ID>,
    /// Also those that cannot be requested now.
    #[graphql(default)]
    pub include_inactive: bool,
}

/// Something to bring.
#[derive(InputObject)]
pub struct MaterialInput {
    /// Names: at most 200 characters each.
    pub names: LocalisedInput,
    /// Whether a copy is kept.
    pub handling: MaterialHandling,
}

/// A choice of a question.
#[derive(InputObject)]
pub struct ChoiceInput {
    /// Names the choice in answers: at most 40 characters.
    pub key: String,
    /// What is shown.
    pub labels: LocalisedInput,
}

/// A question that a submission must answer.
#[derive(InputObject)]
pub struct QuestionInput {
    /// Names the question in answers: at most 40 characters, unique in the matter.
    pub code: String,
    /// What is asked.
    pub labels: LocalisedInput,
    /// Type of the answer.
    pub datatype: QuestionType,
    /// Whether an answer must be given.
    pub required: bool,
    /// Position, from 1, unique in the matter.
    pub position: i32,
    /// Choices of the choice types, 1 to 50; none otherwise.
    #[graphql(default)]
    pub choices: Vec<ChoiceInput>,
}

/// What a version of a matter says.
#[derive(InputObject)]
pub struct MatterContentInput {
    /// Titles: at most 200 characters each.
    pub titles: LocalisedInput,
    /// Descriptions: at most 4000 characters each.
    pub descriptions: Option<LocalisedInput>,
    /// Channels through which it comes in; at least one.
    pub channels: Vec<IntakeChannel>,
    /// Modes in which it is served; at least one.
    pub service_modes: Vec<ServiceMode>,
    /// Who decides.
    pub decided_by: DecidedBy,
    /// Promised limit in working days: 1 to 3650.
    pub promised_days: Option<i32>,
    /// Legal limit: 1 to 3650.
    pub legal_days: Option<i32>,
    /// Unit of the legal limit.
    #[graphql(default_with = "LimitUnit::WorkingDay")]
    pub legal_unit: LimitUnit,
    /// Limit of the first human response, in working minutes; 240 if not given.
    pub response_minutes: Option<i32>,
    /// How often the resident must come; 1 if not given.
    pub visits_promised: Option<i32>,
    /// Materials to bring; at most 50.
    #[graphql(default)]
    pub materials: Vec<MaterialInput>,
    /// Questions to answer; at most 50.
    #[graphql(default)]
    pub questions: Vec<QuestionInput>,
}

impl MatterContentInput {
    pub(super) fn check(self) -> Result<MatterContent> {
        let material = |(i, m): (usize, MaterialInput)| {
            let names = m.names.check(&format!("content.materials.{i}.names"), text::LINE)?;
            Ok(Material { names, handling: m.handling })
        };
        let materials: Result<Vec<_>> =
            self.materials.into_iter().enumerate().map(material).collect();
        let questions: Result<Vec<_>> =
            self.questions.into_iter().enumerate().map(|(i, q)| q.check(i)).collect();
        Ok(MatterContent {
            titles: self.titles.check("content.titles", text::TITLE)?,
            descriptions: LocalisedInput::check_optional(
                self.descriptions,
                "content.descriptions",
                text::BODY,
            )?
            .unwrap_or_default(),
            channels: Channels(self.channels),
            service_modes: Modes(self.service_modes),
            decided_by: self.decided_by,
            promised_days: self.promised_days,
            legal_days: self.legal_days,
            legal_unit: self.legal_unit,
            response_minutes: self.response_minutes.unwrap_or(RESPONSE_MINUTES),
            visits_promised: self.visits_promised.unwrap_or(1),
            materials: Materials(materials?),
            questions: Questions(questions?),
        })
    }
}

impl QuestionInput {
    fn check(self, index: usize) -> Result<Question> {
        let path = format!("content.questions.{index}");
        let choice = |c: ChoiceInput| {
            text::check(&format!("{path}.choices.key"), &c.key, 40)?;
            let labels = c.labels.check(&format!("{path}.choices.labels"), text::LINE)?;
            Ok(Choice { key: c.key, labels })
        };
        let choices: Result<Vec<_>> = self.choices.into_iter().map(choice).collect();
        Ok(Question {
            code: self.code,
            labels: self.labels.check(&format!("{path}.labels"), text::LINE)?,
            datatype: self.datatype,
            required: self.required,
            position: self.position,
            choices: choices?,
        })
    }
}

/// A new matter.
#[derive(InputObject)]
pub struct MatterCreateInput {
    /// The community.
    pub community_id: ID,
    /// Code: at most 64 characters, unique in the community.
    pub code: String,
    /// The department that it belongs to.
    pub department_id: ID,
    /// Kind.
    #[graphql(default_with = "MatterKind::Service")]
    pub kind: MatterKind,
    /// Who beside the requester may see its requests.
    #[graphql(default_with = "Confidentiality::None")]
    pub confidentiality: Confidentiality,
    /// The first version.
    pub content: MatterContentInput,
}

/// A new version of a matter.
#[derive(InputObject)]
pub struct MatterPublishInput {
    /// The matter.
    pub id: ID,
    /// The version of the matter that was read.
    pub expected_version: i32,
    /// The whole new version.
    pub content: MatterContentInput,
}

/// A correction of what stays of a matter through its versions; what is left out stays.
#[derive(InputObject)]
pub struct MatterChangeInput {
    /// The matter.
    pub id: ID,
    /// The version of the matter that was read.
    pub expected_version: i32,
    /// The department that it belongs to.
    pub department_id: Option<ID>,
    /// Kind.
    pub kind: Option<MatterKind>,
    /// Who beside the requester may see its requests.
    pub confidentiality: Option<Confidentiality>,
}

/// Opening or closing a matter for new requests.
#[derive(InputObject)]
pub struct MatterSetActiveInput {
    /// The matter.
    pub id: ID,
    /// The version of the matter that was read.
    pub expected_version: i32,
    /// Whether it can be requested.
    pub active: bool,
}
