//! What is answered at once to whoever reports that somebody is in danger: the portal is no substitute for
//! the emergency services.

use linli_entity::enums::{Danger, IncidentKind};

use crate::kernel::Locale;

/// Whom to call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
pub enum EmergencyService {
    /// 110.
    Police,
    /// 119.
    Fire,
    /// 120.
    Ambulance,
}

impl EmergencyService {
    /// The number to call, the same in the whole country.
    pub fn number(self) -> &'static str {
        match self {
            Self::Police => "110",
            Self::Fire => "119",
            Self::Ambulance => "120",
        }
    }
}

/// Whom to call about this, the first first; nobody if nobody is in danger.
pub fn services(kind: IncidentKind, danger: Danger) -> &'static [EmergencyService] {
    use EmergencyService::{Ambulance, Fire, Police};
    match (danger, kind) {
        (Danger::DomesticViolence | Danger::ChildAtRisk, _) => &[Police, Ambulance],
        (_, IncidentKind::GasLeak | IncidentKind::FireHazard) => &[Fire, Ambulance, Police],
        (Danger::Life, _) => &[Ambulance, Police, Fire],
        (Danger::None, _) => &[],
    }
}

/// What to do first, in the reader's language.
pub fn advice(locale: Locale) -> &'static str {
    match locale {
        Locale::ZhHans => "如有人身危险,请立即拨打紧急电话。平台不能代替报警、火警和急救。",
        Locale::En => {
            "If anybody is in danger, call now. The portal does not replace the police, the fire \
             brigade or an ambulance."
        }
        Locale::Ug => {
            "خەتەر بولسا دەرھال جىددىي تېلېفون ئۇرۇڭ. سۇپا ساقچى، ئوت ئۆچۈرۈش ۋە جىددىي قۇتقۇزۇشنىڭ \
             ئورنىنى باسالمايدۇ."
        }
        Locale::Kk => {
            "Қауіп болса, дереу шұғыл нөмірге қоңырау шалыңыз. Портал полиция, өрт сөндіру не жедел \
             жәрдем орнына жүрмейді."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_in_danger_has_somebody_to_call() {
        for danger in Danger::ALL {
            for kind in IncidentKind::ALL {
                let calls = services(*kind, *danger);
                assert!(*danger == Danger::None || !calls.is_empty());
            }
        }
        assert_eq!(services(IncidentKind::Noise, Danger::None), &[]);
    }
}
