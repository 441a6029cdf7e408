//! A message in the inbox can be about a booking of a venue.

use sea_orm_migration::async_trait;

crate::sql_migration!("ALTER TABLE inbox_message ADD COLUMN venue_booking_id :uuid");
