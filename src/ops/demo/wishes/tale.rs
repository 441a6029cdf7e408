//! What became of each wish.

use std::collections::HashMap;

use chrono::{DateTime, Days, Duration, Utc};
use linli_entity::{
    enums::{AgeBand, ContactPreference, HandOver},
    ids::{ClaimId, HelpItemId},
    wish, wish_claim, wish_offer,
};
use sea_orm::{EntityTrait, QueryFilter};

use super::{
    super::{place::Town, volunteers::Helpers},
    Words,
};
use crate::{
    delegations::service::{self as delegations, NewDelegation},
    kernel::{Actor, App, Error, Locale, Result},
    requests::service::Beneficiary,
    wishes::service::{
        self, Change, Clearance, Consents, HandOver as HandingOver, NewAnswer, NewClaim, NewOffers,
        NewWish, To, Whom,
    },
};

pub(super) struct Tale<'a> {
    pub app: &'a App,
    pub town: &'a Town,
    pub helpers: &'a Helpers,
    pub now: DateTime<Utc>,
    pub words: HashMap<String, Words>,
    pub menu: Vec<HelpItemId>,
    /// Members of the first branch as they are signed in.
    pub members: Vec<Actor>,
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
    pub async fn ended(&self) -> Result<()> {
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
    pub async fn under_way(&self) -> Result<()> {
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
    pub async fn beginning(&self) -> Result<()> {
        let clerk = &self.town.specialists[1];
        // By staff, for somebody who has no account.
        self.ago(80);
        let somebody = Beneficiary::New {
            name: "热合曼".to_owned(),
            phone: Some("13900000301".to_owned()),
            contact_preference: ContactPreference::Call,
            language: Locale::default(),
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
