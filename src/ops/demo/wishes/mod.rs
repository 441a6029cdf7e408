//! The demo's help menu, its party branches, and six weeks of wishes: at least one in every state.

mod tale;

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Days, Duration, Utc};
use linli_entity::{
    enums::{HelpAudience, Role, Skill, WishCategory},
    ids::{HelpItemId, PlaceId},
    json::{Localised, Skills},
};

use self::tale::Tale;
use super::{
    place::{self, Town},
    volunteers::Helpers,
};
use crate::{
    kernel::{Actor, App, Error, Result, actor::Grant},
    party::service::{self as party, NewMember},
    requests::service::Beneficiary,
    wishes::service::{self, ItemTerms},
};

/// Needs in the wishers' words, and what others read of them in four languages.
const WISHES: &str = include_str!("../wishes.csv");

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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use linli_entity::{
        enums::{ClaimState, Confirmation, WishState},
        party_membership, wish, wish_claim,
    };
    use sea_orm::EntityTrait;

    use super::*;
    use crate::{
        ops::demo::{testing::stage, volunteers},
        wishes::{queries, rules},
    };

    #[tokio::test]
    async fn the_demo_has_wishes_in_every_state() {
        let stage = stage("wishes").await;
        let (app, town, now) = (&stage.app, &stage.town, stage.now);
        let helpers = Box::pin(volunteers::make(app, town, now)).await.unwrap();
        Box::pin(make(app, town, &helpers, now)).await.unwrap();

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
        assert_eq!(queries::contradictions(app).await.unwrap(), []);
    }
}
