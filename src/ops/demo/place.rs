//! The demo's place, people, catalogue and calendar.

use std::collections::HashMap;

use chrono::{DateTime, Days, NaiveDate, Utc};
use linli_entity::{
    account,
    enums::{AccountState, CalendarKind, ContactPreference, PlaceKind, Role},
    ids::{AccountId, PersonId, PlaceId, SessionId},
    json::Localised,
    person,
};
use sea_orm::EntityTrait;

use super::{
    COMMUNITY, PASSWORD,
    catalogue::{self, DemoMatter},
    meetings,
};
use crate::{
    blocks::{self, service::NewTerm},
    calendar::{
        rules::{LocalDay, Minute, Rules},
        service::NewCalendar,
    },
    communities::service::{self as places, NewPlace, PlaceChange},
    identity::{self, service::NewGrant},
    kernel::{
        Actor, App, Result,
        actor::{Grant, User},
    },
};

/// Phones of the demo's accounts, and who has them.
pub const ACCOUNTS: &[(&str, &str)] = &[
    ("13800000101", "specialist 阿依古丽 (全岗通专员)"),
    ("13800000102", "specialist 王建国"),
    ("13800000103", "specialist 巴合提"),
    ("13800000110", "community manager 李敏"),
    ("13800000111", "secretary of the general party branch and of the first 张卫东"),
    ("13800000121", "block lead 马秀英"),
    ("13800000122", "block lead 艾山"),
    ("13800000123", "general lead 哈力木拉提"),
    ("13800000130", "auditor 陈审"),
    ("13800000140", "subdistrict manager 赵主任"),
    ("13800000151", "officer of urban management 帕尔哈提 (城管执法中队)"),
    ("13800000152", "officer of public security 孙警官 (公安派出所)"),
    ("13800000153", "officer of market supervision 吴海燕 (市场监管所)"),
    ("13800000199", "administrator 系统管理员"),
    ("13800000201", "resident 古丽娜尔 (volunteer, leads the team)"),
    ("13800000202", "resident 刘洋 (volunteer)"),
    ("13800000205", "resident 叶尔兰 (stands in for block lead 艾山)"),
    ("13800000207", "resident 马玉梅 (deputy of block lead 马秀英)"),
    ("13800000210", "resident 孙丽华 (member of the first party branch)"),
    ("13800000212", "resident 周国强 (secretary of the second party branch)"),
];

/// Who oversees the subdistrict.
pub const OVERSEER: &str = "13800000140";

/// Who and what the history needs.
pub struct Town {
    pub community: PlaceId,
    pub subdistrict: PlaceId,
    pub station: PlaceId,
    pub blocks: Vec<PlaceId>,
    /// The party branches under the general one.
    pub branches: Vec<PlaceId>,
    pub specialists: Vec<Actor>,
    pub manager: Actor,
    pub secretary: Actor,
    /// Whoever works there, by phone.
    pub staff: HashMap<&'static str, Actor>,
    pub residents: Vec<Actor>,
    pub matters: Vec<DemoMatter>,
}

/// Makes everything that stands still.
pub async fn make(app: &App) -> Result<Town> {
    let admin = admin(app).await?;
    let subdistrict =
        place(app, &admin, PlaceKind::Subdistrict, "YY", None, ("云杨街道", "Yunyang")).await?;
    let at = Some(subdistrict);
    let community =
        place(app, &admin, PlaceKind::Community, COMMUNITY, at, ("幸福里社区", "Xingfuli")).await?;
    let here = Some(community);
    let mut blocks = Vec::new();
    for (code, zh) in
        [("B1", "园丁巷街区"), ("B2", "团结路街区"), ("B3", "杏花里街区"), ("B4", "河滩路街区")]
    {
        blocks.push(place(app, &admin, PlaceKind::Block, code, here, (zh, code)).await?);
    }
    let station = place(
        app,
        &admin,
        PlaceKind::ServiceStation,
        "S1",
        here,
        ("幸福里党群服务中心", "Service centre"),
    )
    .await?;
    let branch = place(
        app,
        &admin,
        PlaceKind::PartyBranch,
        "P0",
        here,
        ("幸福里社区党总支", "General branch"),
    )
    .await?;
    let mut branches = Vec::new();
    for (code, zh) in [("P1", "第一党支部"), ("P2", "第二党支部"), ("P3", "第三党支部")]
    {
        let under = Some(branch);
        branches.push(place(app, &admin, PlaceKind::PartyBranch, code, under, (zh, code)).await?);
    }
    let mut departments = HashMap::new();
    for (code, zh, en) in DEPARTMENTS {
        let id = place(app, &admin, PlaceKind::Department, code, at, (zh, en)).await?;
        departments.insert(*code, id);
    }
    let (staff, residents) = people(app, community, &blocks, branch, subdistrict).await?;
    let manager = staff["13800000110"].clone();
    calendar(app, &manager, community).await?;
    meetings::plans(app, &manager, station).await?;
    let matters = catalogue::make(app, &manager, community, &departments).await?;
    let specialist = |phone: &str| staff[phone].clone();
    Ok(Town {
        community,
        subdistrict,
        station,
        blocks,
        branches,
        specialists: ["13800000101", "13800000102", "13800000103"].map(specialist).to_vec(),
        secretary: staff["13800000111"].clone(),
        manager,
        staff,
        residents,
        matters,
    })
}

const DEPARTMENTS: &[(&str, &str, &str)] = &[
    ("CIVIL_AFFAIRS", "民政", "Civil affairs"),
    ("JUSTICE", "司法", "Justice"),
    ("DISABLED_FEDERATION", "残联", "Disabled persons' federation"),
    ("HOUSING", "住房保障", "Housing"),
    ("HEALTH_FAMILY", "卫生健康", "Health and family"),
    ("LABOUR_SECURITY", "人力资源和社会保障", "Labour and social security"),
    ("MEDICAL_INSURANCE", "医疗保障", "Medical insurance"),
    ("PARTY_AFFAIRS", "党务", "Party affairs"),
    ("RESIDENCE", "居民事务", "Residents' affairs"),
    ("VETERANS", "退役军人事务", "Veterans' affairs"),
];

/// A place with its names in Chinese and English.
pub async fn place(
    app: &App,
    actor: &Actor,
    kind: PlaceKind,
    code: &str,
    parent: Option<PlaceId>,
    (zh, en): (&str, &str),
) -> Result<PlaceId> {
    let new = NewPlace {
        kind,
        code: code.to_owned(),
        parent,
        names: Localised::zh(zh).and("en", en),
        address: (kind == PlaceKind::ServiceStation).then(|| "园丁巷1号".to_owned()),
    };
    // Places are listed in the order in which they were made.
    app.clock.advance(chrono::Duration::seconds(1));
    Ok(places::create(app, actor, new).await?.id)
}

/// The system's first administrator, as the command line would make one.
async fn admin(app: &App) -> Result<Actor> {
    let hash = identity::service::hash(PASSWORD.to_owned()).await?;
    let (account, person) =
        insert_account(app, ("13800000199", "系统管理员"), true, &hash, ContactPreference::Inbox)
            .await?;
    grant(app, account, (Role::Administrator, None), None).await?;
    let grant = Grant { role: Role::Administrator, scope: None, communities: Vec::new() };
    Ok(actor(app, account, person, vec![grant]))
}

/// Somebody as they are signed in.
pub fn actor(app: &App, account: AccountId, person: PersonId, grants: Vec<Grant>) -> Actor {
    let session = SessionId(app.ids.uuid(app.clock.now()));
    Actor::User(User { account, person, session, grants })
}

/// A role; with a name that residents see, for one of them.
pub async fn grant(
    app: &App,
    account: AccountId,
    (role, scope): (Role, Option<PlaceId>),
    staff_name: Option<String>,
) -> Result<()> {
    let grant = NewGrant { account, role, scope, valid_until: None, staff_name };
    identity::service::grant(app, &Actor::System("demo"), grant).await?;
    Ok(())
}

/// The accounts are written straight into the tables: hashing one password sixty times would cost
/// the visitor half a minute.
pub async fn insert_account(
    app: &App,
    (phone, name): (&str, &str),
    staff: bool,
    hash: &str,
    contact_preference: ContactPreference,
) -> Result<(AccountId, PersonId)> {
    let now = app.clock.now();
    let phone = format!("+86{phone}");
    let person = person::Model {
        id: PersonId(app.ids.uuid(now)),
        name: Some(name.to_owned()),
        phone: Some(phone.clone()),
        phone_verified: true,
        contact_preference,
        language: "zh-Hans".to_owned(),
        merged_into: None,
        created_at: now,
        version: 1,
    };
    let account = account::Model {
        id: AccountId(app.ids.uuid(now)),
        person_id: person.id,
        phone,
        password_hash: hash.to_owned(),
        state: AccountState::Active,
        staff_name: staff.then(|| name.to_owned()),
        created_at: now,
        password_changed_at: now,
    };
    let ids = (account.id, person.id);
    let conn = app.db.writer();
    person::Entity::insert(person::ActiveModel::from(person)).exec_without_returning(conn).await?;
    account::Entity::insert(account::ActiveModel::from(account))
        .exec_without_returning(conn)
        .await?;
    Ok(ids)
}

async fn people(
    app: &App,
    community: PlaceId,
    blocks: &[PlaceId],
    branch: PlaceId,
    subdistrict: PlaceId,
) -> Result<(HashMap<&'static str, Actor>, Vec<Actor>)> {
    let hash = identity::service::hash(PASSWORD.to_owned()).await?;
    let mut staff = HashMap::new();
    // Whoever appoints others comes first.
    let roles: [(&str, &str, Role, Option<PlaceId>); 10] = [
        (OVERSEER, "赵主任", Role::SubdistrictManager, Some(subdistrict)),
        ("13800000101", "阿依古丽", Role::Specialist, Some(community)),
        ("13800000102", "王建国", Role::Specialist, Some(community)),
        ("13800000103", "巴合提", Role::Specialist, Some(community)),
        ("13800000110", "李敏", Role::CommunityManager, Some(community)),
        ("13800000111", "张卫东", Role::BranchSecretary, Some(branch)),
        ("13800000121", "马秀英", Role::BlockLead, blocks.first().copied()),
        ("13800000122", "艾山", Role::BlockLead, blocks.get(1).copied()),
        ("13800000123", "哈力木拉提", Role::GeneralLead, Some(subdistrict)),
        ("13800000130", "陈审", Role::Auditor, None),
    ];
    for (phone, name, role, scope) in roles {
        let inbox = ContactPreference::Inbox;
        let (account, person) = insert_account(app, (phone, name), true, &hash, inbox).await?;
        match scope.filter(|_| blocks::rules::offices::scope(role).is_some()) {
            Some(place) => {
                let new =
                    NewTerm { place, role, account, from: None, staff_name: None, once: None };
                blocks::service::begin(app, &staff[OVERSEER], new).await?;
            }
            None => grant(app, account, (role, scope), None).await?,
        }
        let grant = Grant { role, scope, communities: vec![community] };
        staff.insert(phone, actor(app, account, person, vec![grant]));
    }
    let mut residents = Vec::new();
    for (index, name) in RESIDENTS.iter().enumerate() {
        let phone = format!("138000002{:02}", index + 1);
        let preference = match index % 4 {
            0 => ContactPreference::Sms,
            1 | 2 => ContactPreference::Inbox,
            _ => ContactPreference::Call,
        };
        let (account, person) =
            insert_account(app, (&phone, name), false, &hash, preference).await?;
        residents.push(actor(app, account, person, Vec::new()));
    }
    Ok((staff, residents))
}

const RESIDENTS: &[&str] = &[
    "古丽娜尔",
    "刘洋",
    "帕提古丽",
    "张桂兰",
    "叶尔兰",
    "买买提",
    "马玉梅",
    "赵春生",
    "阿米娜",
    "孙丽华",
    "哈力克",
    "周国强",
    "萨吾列",
    "吴秀珍",
    "热依汗",
    "杨志明",
    "古海尔",
    "黄淑芬",
    "塔依尔",
    "何建军",
    "迪丽努尔",
    "徐凤英",
    "木拉提",
    "郭永红",
    "阿迪力",
    "林小梅",
    "加娜尔",
    "宋玉兰",
    "吐尔逊",
    "邓学文",
];

async fn calendar(app: &App, manager: &Actor, community: PlaceId) -> Result<()> {
    let mut rules = Rules::standard();
    let mut off = |date: &str, name: &str| {
        if let Ok(date) = date.parse::<NaiveDate>() {
            rules.days.insert(date, LocalDay::Off(name.to_owned()));
        }
    };
    for date in ["2024-04-10", "2025-03-31", "2026-03-20"] {
        off(date, "肉孜节");
    }
    for date in [
        "2024-06-17",
        "2024-06-18",
        "2025-06-06",
        "2025-06-09",
        "2025-06-10",
        "2026-05-27",
        "2026-05-28",
        "2026-05-29",
    ] {
        off(date, "古尔邦节");
    }
    // Years whose national arrangement is not in the program yet: the days fixed by law only.
    for year in 2027..2036 {
        for (day, name) in [
            ("01-01", "元旦"),
            ("05-01", "劳动节"),
            ("05-02", "劳动节"),
            ("10-01", "国庆节"),
            ("10-02", "国庆节"),
            ("10-03", "国庆节"),
        ] {
            off(&format!("{year}-{day}"), name);
        }
    }
    rules.years = (2020..2024).chain(2027..2036).collect();
    let tomorrow = app.day(app.clock.now()) + Days::new(1);
    // The centre is open on Saturday mornings, which moves no deadline.
    let mut opening = rules.clone();
    for season in &mut opening.seasons {
        season.week[5] = vec![(Minute(600), Minute(780))];
    }
    for (kind, rules) in [(CalendarKind::Limits, rules), (CalendarKind::Opening, opening)] {
        let new = NewCalendar { community, kind, effective_from: tomorrow, rules, reason: None };
        crate::calendar::service::publish(app, manager, new).await?;
    }
    app.clock.advance(chrono::Duration::days(1));
    Ok(())
}

/// Who is on duty from today on, and automatic assignment.
pub async fn roster(app: &App, town: &Town, now: DateTime<Utc>) -> Result<()> {
    app.clock.set(now);
    let today = app.day(now);
    let ids: Vec<AccountId> = town.specialists.iter().filter_map(Actor::account).collect();
    let days = (today, today + Days::new(60));
    places::roster_set(app, &town.manager, town.community, days, ids).await?;
    let change = PlaceChange { auto_assign: Some(false), ..PlaceChange::default() };
    places::change(app, &town.manager, town.community, 1, change).await?;
    Ok(())
}
