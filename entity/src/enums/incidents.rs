//! Incidents of blocks and joint responses.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

text_enums! {
    /// What an incident is about: a place or a thing, never a person.
    IncidentKind {
        /// Street lighting.
        StreetLight,
        /// Road surface, kerbs, covers.
        Road,
        /// Water, drains, flooding.
        WaterOrDrain,
        /// Rubbish, dirt.
        Waste,
        /// Noise of a place: a market, a building site, a hall.
        Noise,
        /// Vehicles where they may not stand.
        IllegalParking,
        /// Stalls and goods on the street (占道经营).
        StreetStall,
        /// A building or a part of it.
        Building,
        /// Benches, playgrounds, signs, other facilities.
        PublicFacility,
        /// A lift.
        Lift,
        /// Trees and greenery.
        Greenery,
        /// Stray or dead animals.
        Animal,
        /// It smells of gas.
        GasLeak,
        /// Something that can burn, or is in the way of the fire brigade.
        FireHazard,
        /// Something else of a place.
        Other,
    }

    /// Whether somebody is in danger. What is not `NONE` is answered with the emergency numbers at once, and
    /// never becomes public.
    Danger {
        /// Nobody is.
        None,
        /// Life or limb.
        Life,
        /// Violence at home.
        DomesticViolence,
        /// A child is at risk.
        ChildAtRisk,
    }

    /// State of an incident.
    IncidentState {
        /// It came in; nobody has responded.
        Received,
        /// Somebody has it in hand where it began.
        Handling,
        /// The general lead has it.
        Escalated,
        /// Agencies were called in.
        JointResponse,
        /// There is a result; who reported it is to be answered.
        Resolved,
        /// There is a result, and who reported it was answered.
        Closed,
    }

    /// How far up an incident is.
    IncidentLevel {
        /// With the block lead and the deputies.
        Block,
        /// With the general lead.
        General,
        /// The subdistrict was told too.
        Subdistrict,
    }

    /// What came of an incident.
    IncidentOutcome {
        /// It is fixed.
        Fixed,
        /// A part of it is fixed.
        PartlyFixed,
        /// It cannot be fixed for now.
        NotFixed,
        /// There was nothing to be found.
        NotFound,
        /// It is not in this community, or not for it to handle.
        NotOurs,
        /// It is about a person: that is for mediation.
        AboutAPerson,
        /// It is the same as another one.
        Merged,
    }

    /// Why agencies are called in.
    JointReason {
        /// It is beyond the power of the block and the subdistrict.
        BeyondOurPower,
        /// It takes several who enforce the law together.
        JointEnforcement,
        /// It cannot wait.
        Emergency,
    }

    /// State of a task of an agency.
    AgencyTaskState {
        /// The agency was asked.
        Asked,
        /// It has signed for it.
        Signed,
        /// It has made contact.
        Contacted,
        /// It has an outcome.
        Done,
        /// The agency says that it is not theirs; somebody is to decide.
        Refused,
        /// It was refused, and went to the next.
        Moved,
        /// It is no longer wanted.
        CalledOff,
    }

    /// What came of a task of an agency.
    AgencyOutcome {
        /// It is fixed.
        Fixed,
        /// A part of it is fixed.
        PartlyFixed,
        /// It cannot be fixed for now.
        NotFixed,
        /// There was nothing for them to do.
        NotNeeded,
    }
}
