//! A small community to test in, a copy for every test, reached through the real HTTP router.

use std::{
    path::PathBuf,
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
};
use chrono::{DateTime, Duration, FixedOffset, Utc};
use http_body_util::BodyExt;
use linli::{
    blocks::service::NewTerm,
    catalogue::{
        self,
        service::{MatterContent, NewMatter},
    },
    communities::service::{self as places, NewPlace},
    identity::{self, service::NewGrant},
    kernel::{
        Actor, App,
        clock::Clock,
        crypto::MasterKey,
        db::{Db, DbOptions},
        ids::Ids,
    },
    notifications::{service::deliver_all, sms::Sms},
    ops::{config::Config, http::router, worker},
};
use linli_entity::{
    account,
    enums::*,
    ids::{AccountId, MatterId, PersonId, PlaceId, VolunteerId},
    json::*,
    person, volunteer,
};
use sea_orm::{ConnectionTrait, EntityTrait, Statement};
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use tower::ServiceExt;

/// Tuesday 3 June 2025, 10:00 in Beijing: the window has just opened.
pub fn t0() -> DateTime<Utc> {
    "2025-06-03T02:00:00Z".parse().unwrap()
}

/// Everybody's password.
pub const PASSWORD: &str = "a long enough one";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Nobody,
    Resident,
    Neighbour,
    Specialist,
    Colleague,
    Manager,
    Secretary,
    BlockLead,
    Auditor,
    Overseer,
    Admin,
    /// A specialist of another community.
    Stranger,
    /// A volunteer who has claimed what is asked about.
    Claimer,
    /// Another volunteer.
    Volunteer,
    /// Answers for all blocks of the subdistrict.
    GeneralLead,
    /// Works for public security.
    Officer,
}

impl Who {
    pub const SIGNED_IN: [Self; 15] = [
        Self::Resident,
        Self::Neighbour,
        Self::Specialist,
        Self::Colleague,
        Self::Manager,
        Self::Secretary,
        Self::BlockLead,
        Self::Auditor,
        Self::Overseer,
        Self::Admin,
        Self::Stranger,
        Self::Claimer,
        Self::Volunteer,
        Self::GeneralLead,
        Self::Officer,
    ];

    pub fn phone(self) -> String {
        let index = Self::SIGNED_IN.iter().position(|w| *w == self).unwrap();
        format!("+861390000{index:04}")
    }
}

pub struct World {
    pub app: Arc<App>,
    pub router: Router,
    pub sms: Sms,
    pub config: Config,
    tokens: Mutex<Vec<(Who, DateTime<Utc>, String)>>,
    file: Option<PathBuf>,
}

/// What the template holds, found again by codes.
pub struct Places {
    pub community: PlaceId,
    pub subdistrict: PlaceId,
    pub matter: MatterId,
}

static TEMPLATE: OnceCell<String> = OnceCell::const_new();
static COUNT: AtomicU32 = AtomicU32::new(0);

fn server() -> Option<String> {
    std::env::var("LINLI_TEST_DATABASE_URL").ok().filter(|u| !u.is_empty())
}

fn temp(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("linli-test-{}-{name}.sqlite", std::process::id()))
}

async fn admin_sql(server: &str, sql: &str) -> Vec<String> {
    let db = Db::connect(&options(server.to_owned())).await.unwrap();
    let rows = db
        .writer()
        .query_all_raw(Statement::from_string(sea_orm::DbBackend::Postgres, sql.to_owned()))
        .await
        .unwrap();
    let names = rows.iter().filter_map(|r| r.try_get_by_index(0).ok()).collect();
    db.close().await.unwrap();
    names
}

fn options(url: String) -> DbOptions {
    DbOptions { url, max_connections: 6, forgetful: true }
}

fn with_database(server: &str, name: &str) -> String {
    let (head, tail) = server.split_once('?').map_or((server, None), |(h, t)| (h, Some(t)));
    let base = head.rsplit_once('/').unwrap().0;
    match tail {
        Some(tail) => format!("{base}/{name}?{tail}"),
        None => format!("{base}/{name}"),
    }
}

/// Past the test runner, which keeps what passing tests print to itself.
fn say(text: &str) {
    use std::io::Write;
    let line = format!("{text}\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

/// Makes the template once: the URL of a database that nobody is connected to.
async fn template() -> &'static str {
    TEMPLATE
        .get_or_init(|| async {
            let url = match server() {
                None => {
                    say("engine: SQLite");
                    let file = temp("template");
                    let _ = std::fs::remove_file(&file);
                    format!("sqlite:{}", file.display())
                }
                Some(server) => {
                    say("engine: PostgreSQL");
                    let old =
                        "SELECT datname::text FROM pg_database WHERE datname LIKE 'linli_test_%'";
                    for name in admin_sql(&server, old).await {
                        admin_sql(&server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
                            .await;
                    }
                    let name = format!("linli_test_{}_template", std::process::id());
                    admin_sql(&server, &format!("CREATE DATABASE {name}")).await;
                    with_database(&server, &name)
                }
            };
            let app = app(&url).await;
            app.db.migrate().await.unwrap();
            seed(&app).await;
            Arc::into_inner(app).unwrap().db.close().await.unwrap();
            url
        })
        .await
}

async fn app(url: &str) -> Arc<App> {
    let db = Db::connect(&options(url.to_owned())).await.unwrap();
    let zone = FixedOffset::east_opt(8 * 3600).unwrap();
    let key = MasterKey::new([9; 32]);
    Arc::new(App::new(db, Clock::fixed(t0()), Ids::system(), key, zone))
}

impl World {
    pub async fn new() -> Self {
        let template = template().await;
        let index = COUNT.fetch_add(1, Ordering::SeqCst);
        let (url, file) = match server() {
            None => {
                let file = temp(&index.to_string());
                std::fs::copy(template.strip_prefix("sqlite:").unwrap(), &file).unwrap();
                (format!("sqlite:{}", file.display()), Some(file))
            }
            Some(server) => {
                let name = format!("linli_test_{}_{index}", std::process::id());
                let source = template.rsplit_once('/').unwrap().1.split('?').next().unwrap();
                let sql = format!("CREATE DATABASE {name} TEMPLATE {source} STRATEGY FILE_COPY");
                admin_sql(&server, &sql).await;
                (with_database(&server, &name), None)
            }
        };
        let app = app(&url).await;
        let config = config();
        Self {
            router: router(app.clone(), &config),
            app,
            sms: Sms::memory(),
            config,
            tokens: Mutex::default(),
            file,
        }
    }

    /// Another instance over the same database.
    pub async fn another_instance(&self) -> Self {
        let mut db = self.app.db.clone();
        db.on_statement(|_| {});
        let app = App::new(
            db,
            self.app.clock.clone(),
            Ids::system(),
            MasterKey::new([9; 32]),
            self.app.zone,
        );
        let app = Arc::new(app);
        Self {
            router: router(app.clone(), &self.config),
            app,
            sms: self.sms.clone(),
            config: self.config.clone(),
            tokens: Mutex::default(),
            file: None,
        }
    }

    /// This instance and another one of the same portal.
    pub async fn pair(self) -> (Arc<Self>, Arc<Self>) {
        let other = self.another_instance().await;
        (Arc::new(self), Arc::new(other))
    }

    pub fn with_config(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(&mut self.config);
        self.router = router(self.app.clone(), &self.config);
        self
    }

    pub async fn places(&self) -> Places {
        let community = linli::communities::queries::community_by_code(&self.app, "XF01")
            .await
            .unwrap()
            .unwrap();
        let matter = self.matter("CA-06").await;
        Places { community: community.id, subdistrict: community.parent_id.unwrap(), matter }
    }

    pub async fn matter(&self, code: &str) -> MatterId {
        use linli_entity::matter;
        use sea_orm::{ColumnTrait, QueryFilter};
        let row = matter::Entity::find()
            .filter(matter::Column::Code.eq(code))
            .one(self.app.db.reader())
            .await
            .unwrap();
        row.unwrap().id
    }

    pub async fn account(&self, who: Who) -> AccountId {
        let row = identity::queries::account_by_phone(&self.app, &who.phone()).await.unwrap();
        row.unwrap().id
    }

    /// A good access token of somebody.
    pub async fn token(&self, who: Who) -> Option<String> {
        if who == Who::Nobody {
            return None;
        }
        let now = self.app.clock.now();
        let known = self.tokens.lock().unwrap().iter().find(|t| t.0 == who).cloned();
        if let Some((_, at, token)) = known
            && now - at < Duration::minutes(10)
        {
            return Some(token);
        }
        let actor = Actor::System("test");
        let tokens = identity::service::admin_token(&self.app, &actor, &who.phone()).await.unwrap();
        let token = tokens.access_token.clone();
        let mut kept = self.tokens.lock().unwrap();
        kept.retain(|t| t.0 != who);
        kept.push((who, now, token.clone()));
        Some(token)
    }

    pub async fn send(&self, request: Request<Body>) -> (StatusCode, String, String) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let content_type = response
            .headers()
            .get(header::CONTENT_TYPE)
            .map(|v| v.to_str().unwrap().to_owned())
            .unwrap_or_default();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, content_type, String::from_utf8(bytes.to_vec()).unwrap())
    }

    /// Runs a document as somebody, with a bearer token of their own.
    pub async fn run(&self, who: Who, query: &str, variables: Value) -> Value {
        let token = self.token(who).await;
        self.run_with(token.as_deref(), query, variables).await
    }

    pub async fn run_with(&self, token: Option<&str>, query: &str, variables: Value) -> Value {
        let mut request = Request::post("/graphql")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT_LANGUAGE, "en");
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let body = json!({ "query": query, "variables": variables }).to_string();
        let (_, _, text) = self.send(request.body(Body::from(body)).unwrap()).await;
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("not JSON: {text}"))
    }

    /// Runs a mutation `name(input)` that selects `fields`; returns the payload.
    pub async fn mutate(&self, who: Who, name: &str, input: Value, fields: &str) -> Value {
        let kind = input_type(name);
        let query = format!(
            "mutation($input: {kind}!) {{ {name}(input: $input) {{ {fields} errors {{ code message path \
             currentVersion ownerName standInId standInName openRequests alternatives {{ start end }} }} }} }}"
        );
        let answer = self.run(who, &query, json!({ "input": input })).await;
        assert!(answer.get("errors").is_none(), "{name}: {answer}");
        answer["data"][name].clone()
    }

    /// A step with a request; returns the request, and panics when it is refused.
    pub async fn step(&self, who: Who, name: &str, request: &Value, more: Value) -> Value {
        let payload = self.try_step(who, name, request, more).await;
        assert_eq!(payload["errors"], json!([]), "{name}");
        payload["serviceRequest"].clone()
    }

    /// A step with a request; returns the payload.
    pub async fn try_step(&self, who: Who, name: &str, request: &Value, more: Value) -> Value {
        let mut input = json!({ "id": request["id"] });
        if !APPENDS.contains(&name) {
            input["expectedVersion"] = request["version"].clone();
        }
        for (key, value) in more.as_object().into_iter().flatten() {
            input[key] = value.clone();
        }
        self.mutate(who, name, input, &format!("serviceRequest {{ {REQUEST} }}")).await
    }

    /// Submits a request as the resident.
    pub async fn submit(&self) -> Value {
        self.submit_as(Who::Resident, json!({})).await["serviceRequest"].clone()
    }

    pub async fn submit_as(&self, who: Who, more: Value) -> Value {
        let places = self.places().await;
        let mut input = json!({
            "communityId": places.community.to_string(),
            "matterId": places.matter.to_string(),
            "title": "办理老年人优待证",
        });
        for (key, value) in more.as_object().into_iter().flatten() {
            input[key] = value.clone();
        }
        let fields = format!("submitted {{ trackingCode serviceRequest {{ {REQUEST} }} }}");
        let payload = self.mutate(who, "serviceRequestSubmit", input, &fields).await;
        assert_eq!(payload["errors"], json!([]));
        payload["submitted"].clone()
    }

    /// A request that the specialist took and resolved.
    /// The id of a record of the resident's that staff made, and what links it to them.
    pub async fn earlier_record(&self) -> (Value, Value) {
        let person = json!({ "name": "老记录", "phone": Who::Resident.phone() });
        let window = json!({ "channel": "WINDOW", "beneficiary": person });
        let made = self.submit_as(Who::Specialist, window).await;
        let query = "query($id: ID!) { serviceRequest(id: $id) { requester { id } } }";
        let id = json!({ "id": made["serviceRequest"]["id"] });
        let seen = self.run(Who::Specialist, query, id).await;
        let facts = json!({ "requestNumber": made["serviceRequest"]["number"],
            "trackingCode": made["trackingCode"] });
        (seen["data"]["serviceRequest"]["requester"]["id"].clone(), facts)
    }

    /// Links it.
    pub async fn link(&self, facts: Value) {
        let linked = self.mutate(Who::Resident, "personLink", facts, "personId").await;
        assert_eq!(linked["errors"], json!([]));
    }

    pub async fn resolved(&self) -> Value {
        let request = self.submit().await;
        let request = self.step(Who::Specialist, "serviceRequestTake", &request, json!({})).await;
        let result = json!({ "outcome": "FULFILLED", "text": "已办好" });
        self.step(Who::Specialist, "serviceRequestResolve", &request, result).await
    }

    /// What a request is now.
    pub async fn look(&self, who: Who, request: &Value) -> Value {
        let query = format!("query($id: ID!) {{ serviceRequest(id: $id) {{ {REQUEST} }} }}");
        let answer = self.run(who, &query, json!({ "id": request["id"] })).await;
        assert!(answer.get("errors").is_none(), "{answer}");
        answer["data"]["serviceRequest"].clone()
    }

    pub fn advance(&self, by: Duration) {
        self.app.clock.advance(by);
    }

    /// One round of the worker.
    pub async fn work(&self) {
        worker::once(&self.app, &self.sms, true).await;
    }

    /// The last text message to a phone.
    pub async fn last_sms(&self, phone: &str) -> Option<String> {
        deliver_all(&self.app, &self.sms).await.unwrap();
        self.sms.kept().into_iter().rev().find(|(to, _)| to == phone).map(|(_, text)| text)
    }

    /// The code in the last text message to a phone.
    pub async fn code(&self, phone: &str) -> String {
        let text = self.last_sms(phone).await.unwrap();
        text.chars().filter(char::is_ascii_digit).take(6).collect()
    }

    /// Nothing in the stored rows contradicts anything else.
    pub async fn consistent(&self) {
        assert_eq!(linli::requests::queries::contradictions(&self.app).await.unwrap(), []);
        assert_eq!(linli::requests::queries::drifted(&self.app, 5000).await.unwrap(), 0);
    }

    /// One number out of the database.
    pub async fn number(&self, sql: &str) -> i64 {
        let conn = self.app.db.writer();
        let sql = format!("SELECT CAST(({sql}) AS bigint)");
        let row = conn
            .query_one_raw(Statement::from_string(conn.get_database_backend(), sql))
            .await
            .unwrap();
        row.unwrap().try_get_by_index(0).unwrap()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(file) = &self.file {
            for end in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{}{end}", file.display()));
            }
        }
    }
}

pub const REQUEST: &str = "id number state outcome confirmation version dueAt overdue closedAt \
                           availableActions owner { id name }";

const APPENDS: [&str; 5] = [
    "serviceRequestAddPublicNote",
    "serviceRequestAddInternalNote",
    "serviceRequestRecordContactAttempt",
    "serviceRequestAddExternalReference",
    "serviceRequestRate",
];

/// The input type of a mutation, from the schema itself.
pub fn input_type(mutation: &str) -> String {
    // Building the schema takes longer than most mutations.
    static SDL: LazyLock<String> = LazyLock::new(linli::graphql::sdl);
    let sdl = &*SDL;
    let start = sdl.find("type Mutation").unwrap();
    let field = &sdl[start..];
    let at = field.find(&format!("{mutation}(")).unwrap_or_else(|| panic!("no {mutation}"));
    let rest = &field[at..];
    let at = rest.find("input: ").unwrap() + 7;
    rest[at..].chars().take_while(|c| c.is_alphanumeric()).collect()
}

pub fn config() -> Config {
    use figment::{
        Figment,
        providers::{Format, Toml},
    };
    let defaults = Toml::string(linli::ops::config::DEFAULTS);
    Figment::new().merge(defaults).extract().unwrap()
}

pub fn content(zh: &str, en: &str) -> MatterContent {
    MatterContent {
        titles: Localised::zh(zh).and("en", en),
        descriptions: Localised::default(),
        channels: Channels(vec![
            IntakeChannel::Online,
            IntakeChannel::Window,
            IntakeChannel::Phone,
            IntakeChannel::Hotline,
        ]),
        service_modes: Modes(vec![ServiceMode::Window, ServiceMode::HomeVisit]),
        decided_by: DecidedBy::Department,
        promised_days: Some(5),
        legal_days: Some(10),
        legal_unit: LimitUnit::WorkingDay,
        response_minutes: 240,
        visits_promised: 1,
        materials: Materials::default(),
        questions: Questions::default(),
    }
}

async fn place(
    app: &App,
    kind: PlaceKind,
    code: &str,
    parent: Option<PlaceId>,
    name: &str,
) -> PlaceId {
    // The very first place needs an administrator; `seed` makes one before.
    let admin = actor(app, Who::Admin).await;
    let new = NewPlace {
        kind,
        code: code.to_owned(),
        parent,
        names: Localised::zh(name).and("en", code),
        address: None,
    };
    places::create(app, &admin, new).await.unwrap().id
}

async fn actor(app: &App, who: Who) -> Actor {
    let system = Actor::System("seed");
    let tokens = identity::service::admin_token(app, &system, &who.phone()).await.unwrap();
    identity::queries::actor(app, &tokens.access_token).await.unwrap()
}

/// A term of office, begun by the overseer.
async fn office(app: &App, who: Who, role: Role, place: PlaceId) {
    let account = identity::queries::account_by_phone(app, &who.phone()).await.unwrap().unwrap().id;
    let overseer = actor(app, Who::Overseer).await;
    let new = NewTerm { place, role, account, from: None, staff_name: None, once: None };
    linli::blocks::service::begin(app, &overseer, new).await.unwrap();
}

async fn seed(app: &Arc<App>) {
    identity::tokens::ready(app).await.unwrap();
    let hash = identity::service::hash(PASSWORD.to_owned()).await.unwrap();
    for who in Who::SIGNED_IN {
        insert_account(app, who, &hash).await;
    }
    grant(app, Who::Admin, Role::Administrator, None).await;
    let subdistrict = place(app, PlaceKind::Subdistrict, "YY", None, "云杨街道").await;
    let community = place(app, PlaceKind::Community, "XF01", Some(subdistrict), "幸福社区").await;
    let other = place(app, PlaceKind::Community, "HP02", Some(subdistrict), "和平社区").await;
    let block = place(app, PlaceKind::Block, "B1", Some(community), "一号街区").await;
    let branch = place(app, PlaceKind::PartyBranch, "P1", Some(community), "党总支").await;
    let department =
        place(app, PlaceKind::Department, "CIVIL_AFFAIRS", Some(subdistrict), "民政").await;
    grant(app, Who::Specialist, Role::Specialist, Some(community)).await;
    grant(app, Who::Colleague, Role::Specialist, Some(community)).await;
    grant(app, Who::Manager, Role::CommunityManager, Some(community)).await;
    grant(app, Who::Secretary, Role::BranchSecretary, Some(branch)).await;
    grant(app, Who::Auditor, Role::Auditor, None).await;
    grant(app, Who::Overseer, Role::SubdistrictManager, Some(subdistrict)).await;
    grant(app, Who::Stranger, Role::Specialist, Some(other)).await;
    let police = place(app, PlaceKind::Agency, "POLICE", Some(subdistrict), "公安").await;
    grant(app, Who::Officer, Role::AgencyOfficer, Some(police)).await;
    office(app, Who::BlockLead, Role::BlockLead, block).await;
    office(app, Who::GeneralLead, Role::GeneralLead, subdistrict).await;
    for who in [Who::Claimer, Who::Volunteer] {
        volunteer(app, who, community, &[]).await;
    }
    let manager = actor(app, Who::Manager).await;
    for (code, zh, en, confidentiality) in [
        ("CA-06", "老年人优待证办理", "Senior citizen card", Confidentiality::None),
        ("CA-01", "最低生活保障申请", "Subsistence allowance 100%_", Confidentiality::None),
        ("CA-09", "邻里矛盾调解申请", "Neighbour mediation request", Confidentiality::Mediation),
        ("PA-01", "党员组织关系接转", "Transfer of party membership", Confidentiality::Party),
    ] {
        let new = NewMatter {
            community,
            code: code.to_owned(),
            department,
            kind: MatterKind::Service,
            confidentiality,
            content: content(zh, en),
        };
        catalogue::service::create(app, &manager, new).await.unwrap();
    }
}

async fn insert_account(app: &App, who: Who, hash: &str) {
    let now = app.clock.now();
    let person_id = PersonId(app.ids.uuid(now));
    let person = person::Model {
        id: person_id,
        name: Some(format!("{who:?} 全名")),
        phone: Some(who.phone()),
        phone_verified: true,
        contact_preference: ContactPreference::Sms,
        language: "en".to_owned(),
        merged_into: None,
        created_at: now,
        version: 1,
    };
    let account = account::Model {
        id: AccountId(app.ids.uuid(now)),
        person_id,
        phone: who.phone(),
        password_hash: hash.to_owned(),
        state: AccountState::Active,
        staff_name: Some(format!("{who:?}")),
        created_at: now,
        password_changed_at: now,
    };
    let conn = app.db.writer();
    person::Entity::insert(person::ActiveModel::from(person))
        .exec_without_returning(conn)
        .await
        .unwrap();
    account::Entity::insert(account::ActiveModel::from(account))
        .exec_without_returning(conn)
        .await
        .unwrap();
}

/// Makes somebody a volunteer of a community.
pub async fn volunteer(
    app: &App,
    who: Who,
    community: PlaceId,
    skills: &[Skill],
) -> volunteer::Model {
    let account = identity::queries::account_by_phone(app, &who.phone()).await.unwrap().unwrap();
    let now = app.clock.now();
    let row = volunteer::Model {
        id: VolunteerId(app.ids.uuid(now)),
        community_id: community,
        person_id: account.person_id,
        state: VolunteerState::Active,
        refused_because: None,
        skills: Skills(skills.to_vec()),
        availability: Availability::default(),
        created_at: now,
        accepted_at: Some(now - chrono::Duration::days(100)),
        changed_at: now,
        version: 1,
    };
    let model = volunteer::ActiveModel::from(row.clone());
    volunteer::Entity::insert(model).exec_without_returning(app.db.writer()).await.unwrap();
    row
}

async fn grant(app: &App, who: Who, role: Role, scope: Option<PlaceId>) {
    let account = identity::queries::account_by_phone(app, &who.phone()).await.unwrap().unwrap().id;
    let grant = NewGrant { account, role, scope, valid_until: None, staff_name: None };
    identity::service::grant(app, &Actor::System("seed"), grant).await.unwrap();
}
