//! What categories and agencies map to; created where that is allowed.

use linli_entity::{
    enums::{
        Confidentiality, DecidedBy, IntakeChannel, LimitUnit, MatterKind, PlaceKind, ServiceMode,
    },
    ids::PlaceId,
    json::{Channels, Localised, Materials, Modes, Questions},
    matter, matter_version, place,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{ImportRow, Importer};
use crate::{
    catalogue::{
        self,
        service::{MatterContent, NewMatter, RESPONSE_MINUTES},
    },
    communities::{self, service::NewPlace},
    kernel::{Action, Error, Event, Result, Target, Tx, text},
};

/// The department of matters that come without one.
const NO_AGENCY: &str = "IMPORT";

/// What a row belongs to.
pub(super) struct Mapped {
    pub matter: matter::Model,
    pub version: matter_version::Model,
    pub department: PlaceId,
}

impl Importer {
    /// The matter and department of a row, created if they may be.
    pub(super) async fn resolve(
        &mut self,
        tx: &Tx<'_>,
        row: &ImportRow,
        events: &mut Vec<Event>,
    ) -> Result<std::result::Result<Mapped, String>> {
        let known = self.matters.get(&text::fold(&row.category)).cloned();
        let agency = match (&row.agency, &known) {
            (Some(agency), _) => agency.clone(),
            (None, Some((matter, version))) => {
                let (matter, version) = (matter.clone(), version.clone());
                let department = matter.department_id;
                return Ok(Ok(Mapped { matter, version, department }));
            }
            (None, None) => NO_AGENCY.to_owned(),
        };
        let department = match self.departments.get(&text::fold(&agency)) {
            Some(id) => *id,
            None if self.create_missing => self.create_department(tx, &agency, events).await?,
            None => {
                return Ok(Err(format!("no department is called `{agency}` (--create-missing)")));
            }
        };
        if let Some((matter, version)) = known {
            return Ok(Ok(Mapped { matter, version, department }));
        }
        if !self.create_missing {
            return Ok(Err(format!("no matter is called `{}` (--create-missing)", row.category)));
        }
        let (matter, version) = self.create_matter(tx, &row.category, department, events).await?;
        Ok(Ok(Mapped { matter, version, department }))
    }

    async fn create_department(
        &mut self,
        tx: &Tx<'_>,
        agency: &str,
        events: &mut Vec<Event>,
    ) -> Result<PlaceId> {
        let parent = self.community.parent_id.ok_or(Error::NotFound)?;
        let parent = place::Entity::find_by_id(parent).one(tx.conn()).await?;
        let code: String = agency
            .chars()
            .map(|c| if c.is_whitespace() || c.is_control() { '-' } else { c })
            .take(64)
            .collect();
        // Another community's import may have made it meanwhile: departments are the subdistrict's.
        let there = place::Entity::find()
            .filter(place::Column::Kind.eq(PlaceKind::Department))
            .filter(place::Column::ParentId.eq(self.community.parent_id))
            .filter(place::Column::Code.eq(&code))
            .one(tx.conn())
            .await?;
        if let Some(there) = there {
            self.departments.insert(text::fold(agency), there.id);
            return Ok(there.id);
        }
        let permit = tx.authorize(Action::RequestImport, &Target::NONE)?;
        let new = NewPlace {
            kind: PlaceKind::Department,
            code,
            parent: parent.as_ref().map(|p| p.id),
            names: Localised::zh(agency),
            address: None,
        };
        let (row, event) =
            communities::service::create_in_tx(tx, permit, new, parent.as_ref()).await?;
        events.push(event);
        self.departments.insert(text::fold(agency), row.id);
        self.learn_department(&row);
        Ok(row.id)
    }

    async fn create_matter(
        &mut self,
        tx: &Tx<'_>,
        category: &str,
        department: PlaceId,
        events: &mut Vec<Event>,
    ) -> Result<(matter::Model, matter_version::Model)> {
        let permit = tx.authorize(Action::RequestImport, &Target::NONE)?;
        let new = NewMatter {
            community: self.community.id,
            code: category.chars().take(64).collect(),
            department,
            kind: MatterKind::Service,
            confidentiality: Confidentiality::None,
            content: MatterContent {
                titles: Localised::zh(category),
                descriptions: Localised::default(),
                channels: Channels(vec![IntakeChannel::Online, IntakeChannel::Window]),
                service_modes: Modes(vec![ServiceMode::Window]),
                decided_by: DecidedBy::Department,
                promised_days: None,
                legal_days: None,
                legal_unit: LimitUnit::WorkingDay,
                response_minutes: RESPONSE_MINUTES,
                visits_promised: 1,
                materials: Materials::default(),
                questions: Questions::default(),
            },
        };
        let (current, event) = catalogue::service::create_in_tx(tx, permit, new).await?;
        events.push(event);
        self.matters
            .insert(text::fold(category), (current.matter.clone(), current.version.clone()));
        Ok((current.matter, current.version))
    }
}
