//! How many requests to one IP address are running: shared hosts and CDNs serve thousands of names there, each with a
//! separate budget (R40).

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Requests at once to one address, whatever the names.
const AT_ONE_ADDRESS_MAX: usize = 8;

/// The requests that are on their way.
#[derive(Clone, Debug, Default)]
pub(super) struct Crowd(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One of them, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    crowd: Crowd,
    at: IpAddr,
}

impl Crowd {
    /// A place for a request, if there is one left.
    pub(super) fn enter(&self, at: IpAddr) -> Option<Place> {
        let mut counts = self.lock();
        let count = counts.entry(at).or_default();
        (*count < AT_ONE_ADDRESS_MAX).then(|| {
            *count += 1;
            Place { crowd: self.clone(), at }
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        // A map of counts is whole after any panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.crowd.lock();
        match counts.get_mut(&self.at) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(counts.remove(&self.at)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_address_takes_so_many_and_what_ends_makes_room() {
        let (crowd, one, other) = (Crowd::default(), IpAddr::from([1, 1, 1, 1]), IpAddr::from([9, 9, 9, 9]));
        let mut places: Vec<Place> = (0..AT_ONE_ADDRESS_MAX).map(|_| crowd.enter(one).unwrap()).collect();
        assert!(crowd.enter(one).is_none() && crowd.enter(other).is_some());
        places.pop();
        places.extend(crowd.enter(one));
        assert!(places.len() == AT_ONE_ADDRESS_MAX && crowd.enter(one).is_none());
        places.clear();
        assert!(crowd.lock().is_empty(), "who is not asked is not remembered");
    }
}
