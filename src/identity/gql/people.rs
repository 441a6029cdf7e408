//! Others, as one may see them in passing.

use async_graphql::{ComplexObject, ID, SimpleObject};
use linli_entity::{
    enums::ContactPreference,
    ids::{AccountId, PersonId},
    person,
};

use crate::kernel::{Actor, text};

/// A member of staff, as everybody may see them.
#[derive(Clone, SimpleObject)]
#[graphql(serial)]
pub struct Staff {
    /// Opaque id of the account.
    pub id: ID,
    /// Name.
    pub name: String,
}

impl Staff {
    /// From id and name.
    pub fn new(id: AccountId, name: Option<&str>) -> Self {
        Self { id: id.to_string().into(), name: name.unwrap_or_default().to_owned() }
    }
}

/// A person, as staff see them: masked.
#[derive(Clone, SimpleObject)]
#[graphql(complex, serial)]
pub struct MaskedPerson {
    /// Opaque id.
    pub id: ID,
    /// First character and a mask; in full for the person themselves.
    pub name: String,
    /// Last digits of the phone; null where it was not looked up by phone.
    pub phone: Option<String>,
    /// How the person wants to be told.
    pub contact_preference: ContactPreference,
    #[graphql(skip)]
    verified: bool,
}

#[ComplexObject]
impl MaskedPerson {
    /// Whether the phone was verified by the person.
    async fn phone_verified(&self) -> bool {
        self.verified
    }
}

impl MaskedPerson {
    /// A person as `actor` may see them in passing.
    pub fn new(
        actor: &Actor,
        id: PersonId,
        name: Option<&str>,
        contact: Option<ContactPreference>,
    ) -> Self {
        let name = name.unwrap_or_default();
        let own = actor.person() == Some(id);
        Self {
            id: id.to_string().into(),
            name: if own { name.to_owned() } else { text::mask_name(name) },
            phone: None,
            contact_preference: contact.unwrap_or(ContactPreference::Inbox),
            verified: false,
        }
    }

    /// A person found by phone.
    pub fn found(actor: &Actor, row: &person::Model) -> Self {
        let preference = Some(row.contact_preference);
        Self {
            phone: row.phone.as_deref().map(text::mask_phone),
            verified: row.phone_verified,
            ..Self::new(actor, row.id, row.name.as_deref(), preference)
        }
    }
}
