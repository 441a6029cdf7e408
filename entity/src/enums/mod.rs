//! Closed sets, stored as text and checked by the database, shown in the schema as they are here.

macro_rules! text_enums {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident),* $(,)? })*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum, async_graphql::Enum, Serialize, Deserialize)]
        #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        pub enum $name { $($(#[$vdoc])* $variant),* }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name as stored and as shown in the schema.
            pub fn code(self) -> String {
                self.to_value()
            }
        }
    )* };
}
mod blocks;
mod delegations;
mod incidents;
mod people;
mod programme;
mod requests;
mod volunteers;
mod wishes;

pub use blocks::*;
pub use delegations::*;
pub use incidents::*;
pub use people::*;
pub use programme::*;
pub use requests::*;
pub use volunteers::*;
pub use wishes::*;
