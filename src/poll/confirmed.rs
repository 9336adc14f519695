//! Whether a second source has a story, independent of the first: another publisher, with a text of another origin.
//! Pure.

use crate::clock::Timestamp;
use crate::hash::hex128;
use crate::model::{Alert, Decided, Kind, Outcome, Outlet, Telling, Told};

/// The record that a second source has a story, if the article that joins it is that. An unknown source never counts as
/// a second one.
pub(super) fn confirmed(
    joined: &Alert,
    outlet: &Outlet,
    told: &mut Told,
    telling: &Telling,
    now: Timestamp,
) -> Option<Decided> {
    let both = |one: &Outlet| one.publisher.clone().zip(one.origin.clone());
    let ((first, its_origin), (second, other_origin)) = (both(&telling.outlet)?, both(outlet)?);
    if first == second || its_origin == other_origin || std::mem::replace(&mut told.is_confirmed, true) {
        return None;
    }
    let change = format!("confirmed by {second}, first told by {first}");
    let reason = format!("{second} has the story that alert {} told from {first}", telling.alert);
    let alert = Alert {
        id: hex128(&[b"confirmed", telling.alert.as_bytes()]),
        time: now,
        kind: Kind::Confirmed,
        message: format!("{} ({change})", joined.message),
        change: Some(change),
        ..joined.clone()
    };
    Some(Decided::new(Outcome::Grown, reason, alert))
}
