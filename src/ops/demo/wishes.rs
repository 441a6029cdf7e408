//! The demo's help menu, its party branches, and six weeks of wishes: at least one in every state.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Days, Duration, Utc};
use linli_entity::{
    enums::{AgeBand, ContactPreference, HandOver, HelpAudience, Role, Skill, WishCategory},
    ids::{ClaimId, HelpItemId, PlaceId},
    json::{Localised, Skills},
    wish, wish_claim, wish_offer,
};
use sea_orm::{EntityTrait, QueryFilter};

use super::{
    place::{self, Town},
    volunteers::Helpers,
};
use crate::{
    delegations::service::{self as delegations, NewDelegation},
    kernel::{Actor, App, Error, Result, actor::Grant},
    party::service::{self as party, NewMember},
    requests::service::Beneficiary,
    wishes::service::{
        self, Change, Clearance, Consents, HandOver as HandingOver, ItemTerms, NewAnswer, NewClaim,
        NewOffers, NewWish, To, Whom,
    },
};

/// Needs in the wishers' words, and what others read of them in four languages.
const WISHES: &str = include_str!("wishes.csv");

/// What an item is, whom it is for and what it takes, how often in how many days one orders it; names in
/// Chinese, English, Uyghur and Kazakh.
type Item = (WishCategory, HelpAudience, Skill, (i32, i32), [&'static str; 4]);

const MENU: [Item; 4] = [
    (
        WishCategory::Care,
        HelpAudience::Housebound,
        Skill::Haircut,
        (1, 30),
        ["上门理发", "A haircut at home", "ئۆيدە چاچ ياساش", "Үйге келіп шаш алу"],
    ),
    (
        WishCategory::Transport,
        HelpAudience::Elderly,
        Skill::Transport,
        (4, 30),
        ["就诊接送", "A lift to the clinic", "دوختۇرخانىغا ئاپىرىپ قويۇش", "Емханаға апарып-әкелу"],
    ),
    (
        WishCategory::Learning,
        HelpAudience::Families,
        Skill::Tutoring,
        (4, 30),
        ["课业辅导", "Lessons for schoolchildren", "دەرس ياردىمى", "Сабаққа көмек"],
    ),
    (
        WishCategory::Household,
        HelpAudience::Everyone,
        Skill::Repair,
        (2, 30),
        ["家庭小修", "Small repairs at home", "ئۆيدىكى ئۇششاق رېمونت", "Үйдегі ұсақ жөндеу"],
    ),
];

/// What somebody said, and the card that was made of it.
struct Words {
    category: WishCategory,
    need: String,
    address: String,
    card: Localised,
}

struct Tale<'a> {
    app: &'a App,
    town: &'a Town,
    helpers: &'a Helpers,
    now: DateTime<Utc>,
    words: HashMap<String, Words>,
    menu: Vec<HelpItemId>,
    /// Members of the first branch as they are signed in.
    members: Vec<Actor>,
}

/// Makes the menu and the books of the branches, and tells the wishes.
pub async fn make(app: &App, town: &Town, helpers: &Helpers, now: DateTime<Utc>) -> Result<()> {
    app.clock.set(now - Duration::days(59));
    let members = branches(app, town).await?;
    let menu = menu(app, town).await?;
    let tale = Tale { app, town, helpers, now, words: words()?, menu, members };
    Box::pin(tale.ended()).await?;
    Box::pin(tale.under_way()).await?;
    Box::pin(tale.beginning()).await?;
    app.clock.set(now);
    Ok(())
}

async fn menu(app: &App, town: &Town) -> Result<Vec<HelpItemId>> {
    let mut made = Vec::new();
    for (category, audience, skill, (most_orders, per_days), names) in MENU {
        app.clock.advance(Duration::seconds(1));
        let terms = ItemTerms {
            category,
            names: localised(names),
            descriptions: Localised::default(),
            audience,
            skills: Skills(vec![skill]),
            most_orders,
            per_days,
        };
        let item = service::item_create(app, &town.manager, town.community, terms, None).await?;
        made.push(item.id);
    }
    Ok(made)
}

fn localised([zh, en, ug, kk]: [&str; 4]) -> Localised {
    Localised::zh(zh).and("en", en).and("ug", ug).and("kk", kk)
}

/// Two branches keep books, each by its own secretary; answers the members of the first.
async fn branches(app: &App, town: &Town) -> Result<Vec<Actor>> {
    let mut members = Vec::new();
    for (branch, keeper, name, of) in [
        (town.branches[0], &town.secretary, "张卫东", [9, 10, 12]),
        (town.branches[1], &town.residents[11], "周国强", [13, 14, 16]),
    ] {
        let account = keeper.account().ok_or(Error::Unauthenticated)?;
        place::grant(app, account, (Role::BranchSecretary, Some(branch)), Some(name.to_owned()))
            .await?;
        let keeper = holding(town, keeper, Role::BranchSecretary, branch);
        for index in of {
            app.clock.advance(Duration::minutes(3));
            let resident = &town.residents[index];
            let known = resident.person().map(Beneficiary::Known).ok_or(Error::Unauthenticated)?;
            let since = app.day(app.clock.now()) - Days::new(400 * index as u64);
            let member = NewMember { branch, member: known, since, once: None };
            party::member_add(app, &keeper, member).await?;
            if branch == town.branches[0] {
                members.push(holding(town, resident, Role::PartyMember, branch));
            }
        }
    }
    Ok(members)
}

/// Somebody as they are signed in once they hold a role in a branch.
fn holding(town: &Town, somebody: &Actor, role: Role, branch: PlaceId) -> Actor {
    let mut actor = somebody.clone();
    if let Actor::User(user) = &mut actor {
        user.grants.push(Grant { role, scope: Some(branch), communities: vec![town.community] });
    }
    actor
}

fn words() -> Result<HashMap<String, Words>> {
    let mut all = HashMap::new();
    for row in csv::Reader::from_reader(WISHES.as_bytes()).deserialize() {
        let row: BTreeMap<String, String> = row.map_err(Error::internal)?;
        let category = WishCategory::ALL.iter().copied().find(|c| c.code() == row["category"]);
        let words = Words {
            category: category.ok_or_else(|| Error::internal("wishes.csv: category"))?,
            need: row["need"].clone(),
            address: row["address"].clone(),
            card: localised(["zh", "en", "ug", "kk"].map(|language| row[language].as_str())),
        };
        all.insert(row["key"].clone(), words);
    }
    Ok(all)
}

/// What is done with a wish before anybody claims it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    Draft,
    Submitted,
    Verified,
    Published,
}

fn wish(row: &wish::Model) -> (linli_entity::ids::WishId, i32) {
    (row.id, row.version)
}

fn claim(row: &wish_claim::Model) -> (ClaimId, i32) {
    (row.id, row.version)
}

impl Tale<'_> {
    /// It is so many hours ago.
    fn ago(&self, hours: i64) {
        self.app.clock.set(self.now - Duration::hours(hours));
    }

    fn later(&self, hours: i64) {
        self.app.clock.advance(Duration::hours(hours));
    }

    fn resident(&self, index: usize) -> &Actor {
        &self.town.residents[index]
    }

    fn volunteer(&self, index: usize) -> &Actor {
        &self.helpers.active[index].0
    }

    fn words(&self, key: &str) -> Result<&Words> {
        self.words.get(key).ok_or_else(|| Error::internal(format!("wishes.csv lacks {key}")))
    }

    fn draft(&self, key: &str) -> Result<NewWish> {
        let words = self.words(key)?;
        Ok(NewWish {
            community: self.town.community,
            beneficiary: None,
            delegation: None,
            item: None,
            category: Some(words.category),
            need: words.need.clone(),
            address: Some(words.address.clone()),
            quantity: 1,
            wished_by: None,
            consents: Consents {
                may_publish: None,
                share_contact: true,
                minor_involved: false,
                guardian_consents: false,
            },
            submit: true,
            once: None,
        })
    }

    /// Makes a wish, and takes it as far as the community does alone; staff clear it within an hour or two.
    async fn wished(
        &self,
        key: &str,
        wisher: &Actor,
        input: NewWish,
        until: Until,
    ) -> Result<wish::Model> {
        let app = self.app;
        let submit = until != Until::Draft;
        let row = service::make(app, wisher, NewWish { submit, ..input }).await?.into_inner();
        if matches!(until, Until::Draft | Until::Submitted) {
            return Ok(row);
        }
        self.cleared(key, row, until).await
    }

    async fn cleared(&self, key: &str, row: wish::Model, until: Until) -> Result<wish::Model> {
        let (app, manager) = (self.app, &self.town.manager);
        self.later(1);
        let at_door = row.quantity == 1;
        let clearance = Clearance {
            card: self.words(key)?.card.clone(),
            hand_over: if at_door { HandOver::DoorCode } else { HandOver::Station },
            value_yuan: Some(if at_door { 100 } else { 400 }),
            block: self.town.blocks.first().copied().filter(|_| !at_door),
            age_band: at_door.then_some(AgeBand::Senior),
            skills: None,
            category: None,
        };
        let row = service::verify(app, manager, wish(&row), clearance).await?.into_inner();
        if until == Until::Verified {
            return Ok(row);
        }
        self.later(1);
        Ok(service::publish(app, manager, wish(&row)).await?.into_inner())
    }

    /// A resident's free wish that everybody may claim since so many hours.
    async fn published(&self, key: &str, wisher: usize, hours: i64) -> Result<wish::Model> {
        self.ago(hours + 2);
        let input = self.draft(key)?;
        self.wished(key, self.resident(wisher), input, Until::Published).await
    }

    async fn claimed(
        &self,
        row: &wish::Model,
        by: &Actor,
        more: NewClaim,
    ) -> Result<wish_claim::Model> {
        let input = NewClaim { wish: row.id, ..more };
        Ok(service::claim(self.app, by, input).await?.into_inner())
    }

    async fn delivered(
        &self,
        row: wish_claim::Model,
        by: &Actor,
        how: &str,
    ) -> Result<wish_claim::Model> {
        service::claim_contact_reveal(self.app, by, row.id).await?;
        self.later(3);
        let how = Some(how.to_owned());
        Ok(service::deliver(self.app, by, claim(&row), how).await?.into_inner())
    }

    async fn answered(
        &self,
        row: &wish_claim::Model,
        by: &Actor,
        done: bool,
        text: &str,
    ) -> Result<()> {
        let answer = NewAnswer { claim: claim(row), recorded: false, text: Some(text.to_owned()) };
        if done {
            service::confirm(self.app, by, answer).await?;
        } else {
            service::refuse(self.app, by, answer).await?;
        }
        Ok(())
    }

    /// Who is asked now about a wish accepts.
    async fn accepted(&self, row: &wish::Model, by: &Actor) -> Result<wish_claim::Model> {
        let offer = self.open_offer(row).await?;
        let done = service::accept(self.app, by, (offer.id, offer.version), None).await?;
        Ok(done.into_inner().claim)
    }

    async fn open_offer(&self, row: &wish::Model) -> Result<wish_offer::Model> {
        use sea_orm::ColumnTrait;
        let found = wish_offer::Entity::find()
            .filter(wish_offer::Column::WishId.eq(row.id))
            .filter(wish_offer::Column::UntilAt.is_not_null())
            .one(self.app.db.reader())
            .await?;
        found.ok_or_else(|| Error::internal("nobody is asked"))
    }

    async fn offered(&self, row: &wish::Model, to: Vec<Whom>, minutes: i32) -> Result<()> {
        let input = NewOffers { wish: wish(row), to, when: Vec::new(), minutes };
        service::offer(self.app, &self.town.manager, input).await?;
        Ok(())
    }

    /// What has come to an end, one way or another.
    async fn ended(&self) -> Result<()> {
        let app = self.app;
        // An order: never public, offered to who can do it, done with thanks.
        self.ago(45 * 24);
        let order = NewWish { item: self.menu.get(3).copied(), ..self.draft("tap")? };
        let row = self.wished("tap", self.resident(12), order, Until::Verified).await?;
        self.offered(&row, Vec::new(), 1440).await?;
        self.later(2);
        let taken = self.accepted(&row, self.volunteer(2)).await?;
        self.later(20);
        let done = self.delivered(taken, self.volunteer(2), "换了阀芯，不漏了。").await?;
        self.later(4);
        let thanks = "小伙子手艺好，一分钱没收，谢谢！";
        self.answered(&done, self.resident(12), true, thanks).await?;

        // Done, and the wisher never answered.
        let row = self.published("heater", 13, 40 * 24).await?;
        self.later(9);
        let taken = self.claimed(&row, self.volunteer(5), one(&row)).await?;
        self.later(20);
        self.delivered(taken, self.volunteer(5), "电暖器已送到，教会了怎么用。").await?;
        self.ago(30 * 24);
        service::settle_claims(app, 100).await?;

        // The day passed, and nobody had claimed it.
        self.ago(39 * 24);
        let day = Some(app.day(app.clock.now()) + Days::new(9));
        let input = NewWish { wished_by: day, ..self.draft("birthday")? };
        self.wished("birthday", self.resident(17), input, Until::Published).await?;
        self.ago(29 * 24);
        service::expire(app, 100).await?;

        // Claimed and forgotten: the lease ends, and it can be claimed again.
        let row = self.published("radio", 18, 36 * 24).await?;
        self.later(5);
        self.claimed(&row, self.volunteer(3), one(&row)).await?;
        self.ago(21 * 24);
        service::settle_claims(app, 100).await?;

        self.ago(33 * 24);
        let input = self.draft("loan")?;
        let row = self.wished("loan", self.resident(19), input, Until::Submitted).await?;
        self.later(3);
        let why = "现金和借款不在微心愿范围内，可到一楼窗口申请临时救助。".to_owned();
        service::decline(app, &self.town.manager, wish(&row), why).await?;

        // Taken back while somebody had claimed it.
        let row = self.published("walker", 20, 25 * 24).await?;
        self.later(6);
        self.claimed(&row, self.volunteer(3), one(&row)).await?;
        self.later(12);
        let version = row.version + 1;
        service::withdraw(app, self.resident(20), (row.id, version), false).await?;
        Ok(())
    }

    /// What somebody has now.
    async fn under_way(&self) -> Result<()> {
        // Handed over to somebody else, who has more time.
        let row = self.published("piano", 21, 11 * 24).await?;
        self.later(4);
        let taken = self.claimed(&row, self.volunteer(4), one(&row)).await?;
        self.later(20);

        let to = To::Phone("13800000201".to_owned());
        let handing = HandingOver { claim: claim(&taken), to, minutes: 1440 };
        service::hand_over(self.app, self.volunteer(4), handing).await?;
        self.later(2);
        self.accepted(&row, self.volunteer(0)).await?;

        // Said to be done, and it was not.
        let row = self.published("lamp", 22, 9 * 24).await?;
        self.later(10);
        let taken = self.claimed(&row, self.volunteer(5), one(&row)).await?;
        self.later(30);
        let done = self.delivered(taken, self.volunteer(5), "台灯放在门口了。").await?;
        self.later(20);
        let no = "灯不亮，可能路上碰坏了，能帮忙看看吗？";
        self.answered(&done, self.resident(22), false, no).await?;

        Box::pin(self.schoolbags()).await?;

        // A team's.
        let row = self.published("windows", 23, 6 * 24).await?;
        self.later(8);
        let team = NewClaim { team: Some(self.helpers.team), ..one(&row) };
        self.claimed(&row, self.volunteer(1), team).await?;

        // A branch's, and the wisher has not answered yet.
        let row = self.published("coat", 24, 5 * 24).await?;
        self.later(7);
        let branch = NewClaim { branch: self.town.branches.first().copied(), ..one(&row) };
        let taken = self.claimed(&row, &self.members[0], branch).await?;
        self.later(24);
        self.delivered(taken, &self.members[0], "棉衣已送到，大小合适。").await?;
        Ok(())
    }

    /// Twenty of one thing: some done, some under way, some left.
    async fn schoolbags(&self) -> Result<()> {
        self.ago(8 * 24 + 2);
        let wisher = self.resident(0);
        let input = NewWish { quantity: 20, ..self.draft("schoolbags")? };
        let row = self.wished("schoolbags", wisher, input, Until::Published).await?;
        let of = |units| NewClaim { units: Some(units), ..one(&row) };
        self.later(20);
        let done = self.claimed(&row, self.volunteer(1), of(3)).await?;
        self.later(20);
        let done = self.delivered(done, self.volunteer(1), "三个书包已放服务台。").await?;
        self.later(20);
        self.answered(&done, wisher, true, "孩子们都喜欢，谢谢！").await?;
        let told = self.claimed(&row, self.volunteer(2), of(2)).await?;
        self.later(60);
        self.delivered(told, self.volunteer(2), "两个书包已放服务台。").await?;
        self.claimed(&row, self.volunteer(4), of(4)).await?;
        self.later(5);
        let branch = self.town.branches.first().copied();
        self.claimed(&row, &self.members[1], NewClaim { branch, ..of(3) }).await?;
        Ok(())
    }

    /// What nobody has claimed yet.
    async fn beginning(&self) -> Result<()> {
        let clerk = &self.town.specialists[1];
        // By staff, for somebody who has no account.
        self.ago(80);
        let somebody = Beneficiary::New {
            name: "热合曼".to_owned(),
            phone: Some("13900000301".to_owned()),
            contact_preference: ContactPreference::Call,
        };
        let input = NewWish { beneficiary: Some(somebody), ..self.draft("glasses")? };
        self.wished("glasses", clerk, input, Until::Verified).await?;

        // By a granddaughter, for whom she speaks for.
        self.ago(60);
        let (principal, delegate) = (self.resident(25), self.resident(8));
        let given = NewDelegation {
            delegate_phone: "13800000209".to_owned(),
            matters: Vec::new(),
            wishes: true,
            registrations: false,
            from: None,
            until: self.now + Duration::days(180),
            once: None,
        };
        let given = delegations::give(self.app, principal, given).await?.into_inner();
        self.later(2);
        delegations::accept(self.app, delegate, given.id, given.version).await?;
        self.later(20);
        let order = NewWish {
            delegation: Some(given.id),
            item: self.menu.first().copied(),
            consents: Consents {
                may_publish: None,
                share_contact: false,
                minor_involved: false,
                guardian_consents: false,
            },
            ..self.draft("haircut")?
        };
        let row = self.wished("haircut", delegate, order, Until::Submitted).await?;
        // Who may know how to reach him he says himself.
        let said = Change { share_contact: Some(true), ..Change::default() };
        let row = service::change(self.app, principal, wish(&row), said).await?.into_inner();
        let row = self.cleared("haircut", row, Until::Verified).await?;
        self.ago(20);
        let barber = self.helpers.active.get(1).map(|(_, row)| Whom::Volunteer(row.id));
        self.offered(&row, barber.into_iter().collect(), 4320).await?;

        self.published("chess", 26, 30).await?;
        self.ago(5);
        let order = NewWish {
            item: self.menu.get(2).copied(),
            consents: Consents {
                may_publish: None,
                share_contact: true,
                minor_involved: true,
                guardian_consents: true,
            },
            ..self.draft("lessons")?
        };
        self.wished("lessons", self.resident(27), order, Until::Submitted).await?;
        self.ago(2);
        let input = self.draft("phone")?;
        self.wished("phone", self.resident(1), input, Until::Draft).await?;
        Ok(())
    }
}

/// A claim of all that is left, by somebody alone.
fn one(row: &wish::Model) -> NewClaim {
    NewClaim { wish: row.id, units: None, team: None, branch: None, once: None }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, path::PathBuf};

    use chrono::FixedOffset;
    use linli_entity::{
        enums::{ClaimState, Confirmation, WishState},
        party_membership,
    };

    use super::*;
    use crate::{
        kernel::{
            clock::Clock,
            crypto::MasterKey,
            db::{Db, DbOptions},
            ids::Ids,
        },
        ops::demo::volunteers,
        wishes::{queries, rules},
    };

    /// The file goes with the test, however it ends.
    struct File(PathBuf);

    impl Drop for File {
        fn drop(&mut self) {
            for tail in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{}{tail}", self.0.display()));
            }
        }
    }

    /// The demo without its two years of requests.
    #[tokio::test]
    async fn the_demo_has_wishes_in_every_state() {
        let file = format!("linli-test-{}-demo.sqlite", std::process::id());
        let file = File(std::env::temp_dir().join(file));
        let url = format!("sqlite:{}", file.0.display());
        let db =
            Db::connect(&DbOptions { url, max_connections: 2, forgetful: true }).await.unwrap();
        db.migrate().await.unwrap();
        let now = "2026-03-04T04:00:00Z".parse::<DateTime<Utc>>().unwrap();
        let clock = Clock::fixed(now - Duration::days(731));
        let zone = FixedOffset::east_opt(8 * 3600).unwrap();
        let app = App::new(db, clock, Ids::seeded(1), MasterKey::new([9; 32]), zone);
        let town = place::make(&app).await.unwrap();
        let helpers = Box::pin(volunteers::make(&app, &town, now)).await.unwrap();
        Box::pin(make(&app, &town, &helpers, now)).await.unwrap();

        let conn = app.db.reader();
        let rows = wish::Entity::find().all(conn).await.unwrap();
        let states: BTreeSet<_> = rows.iter().map(|w| w.state.code()).collect();
        assert_eq!(states, WishState::ALL.iter().map(|s| s.code()).collect());
        let answers: BTreeSet<_> =
            rows.iter().filter_map(rules::confirmation).map(Confirmation::code).collect();
        assert_eq!(answers, BTreeSet::from(["CONFIRMED".to_owned(), "UNCONFIRMED".to_owned()]));
        assert!(rows.iter().any(|w| w.quantity == 20 && w.claimed == 12 && w.confirmed == 3));
        assert!(rows.iter().any(|w| w.delegation_id.is_some()));
        assert!(rows.iter().any(|w| w.entered_by.is_some() && w.delegation_id.is_none()));

        let claims = wish_claim::Entity::find().all(conn).await.unwrap();
        let states: BTreeSet<_> = claims.iter().map(|c| c.state.code()).collect();
        let released = BTreeSet::from([ClaimState::Released.code()]);
        assert_eq!(&states | &released, ClaimState::ALL.iter().map(|s| s.code()).collect());
        assert!(claims.iter().any(|c| c.team_id.is_some() && c.refusals == 0));
        assert!(claims.iter().any(|c| c.branch_id.is_some()));
        assert!(claims.iter().any(|c| c.refusals == 1));

        let members = party_membership::Entity::find().all(conn).await.unwrap();
        assert_eq!(members.len(), 6);
        assert_eq!(queries::contradictions(&app).await.unwrap(), []);
    }
}
