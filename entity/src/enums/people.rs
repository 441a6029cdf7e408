//! Places, people, their roles and what is looked up of them; calendars and other work.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

text_enums! {
    /// Kinds of nodes in the place tree.
    PlaceKind {
        /// 街道: the top; oversees its communities.
        Subdistrict,
        /// 社区: the tenant; everything that residents do belongs to one.
        Community,
        /// 街区: a part of a community.
        Block,
        /// 党群服务中心/站: where residents are served.
        ServiceStation,
        /// 部门: decides matters that a community takes in for it.
        Department,
        /// 联动单位: called in for what a block cannot solve alone, such as public security, market
        /// supervision or urban management.
        Agency,
        /// 党组织: a general branch or a branch.
        PartyBranch,
    }

    /// Roles that a grant gives within its scope.
    Role {
        /// Accepts orders and claims wishes.
        Volunteer,
        /// A member of a party branch; accepts orders and claims wishes.
        PartyMember,
        /// 全岗通专员: takes, owns and finishes requests of a community.
        Specialist,
        /// Runs a community: assigns, plans, publishes; sees its exact numbers.
        CommunityManager,
        /// 街区长: answers for a block.
        BlockLead,
        /// Assists the block lead.
        DeputyBlockLead,
        /// 总区长: answers for all blocks of a subdistrict.
        GeneralLead,
        /// Works on one agency's tasks.
        AgencyOfficer,
        /// Secretary of a party branch; handles party affairs.
        BranchSecretary,
        /// Oversees the communities of a subdistrict.
        SubdistrictManager,
        /// Reads aggregates and the audit trail, never personal content.
        Auditor,
        /// Keeps accounts, grants and settings of the whole system.
        Administrator,
    }

    /// How a person wants to be told.
    ContactPreference {
        /// In the portal's inbox.
        Inbox,
        /// By text message.
        Sms,
        /// By a call: makes a task for staff.
        Call,
        /// By a visit: makes a task for staff.
        Visit,
    }

    /// Whether an account may sign in.
    AccountState {
        /// May sign in.
        Active,
        /// May not sign in; its sessions are revoked.
        Locked,
    }

    /// What a verification code is for.
    VerificationPurpose {
        /// To register with this phone.
        Register,
        /// To set a new password.
        ResetPassword,
        /// To act on one request that is followed without an account.
        Follow,
        /// To report an incident without an account.
        Report,
    }

    /// Why somebody opened a person's data.
    ReadPurpose {
        /// Opened the content of a request.
        Content,
        /// Revealed name, phone and address, with a reason.
        Reveal,
        /// Looked a person up by exact phone number.
        Lookup,
        /// Opened the content of a wish.
        Wish,
        /// Looked at how to reach a wisher, having claimed the wish.
        WishContact,
        /// Opened an incident with what was said by who reported it.
        Incident,
        /// Looked at how to reach who reported an incident.
        IncidentContact,
        /// Opened registrations for activities.
        Registration,
        /// Opened what somebody is, or recorded, as a volunteer.
        Volunteer,
    }

    /// The two calendars, never mixed.
    CalendarKind {
        /// Official working days: moves deadlines.
        Limits,
        /// A station's hours: for slots.
        Opening,
    }

    /// State of an outbox row or a job.
    WorkState {
        /// To be done.
        Ready,
        /// Done.
        Done,
        /// Given up after too many attempts.
        Dead,
    }
}
