//! Names to addresses that may be connected to: the guard's second gate.
//!
//! The address checked here is the one used for the connection; there is no second look-up that could answer
//! differently (rebinding). The system's resolver blocks a thread for each question and a dead name takes up to 20 s,
//! so look-ups are limited: answers are kept for minutes, each name is looked up once at a time, and names that failed
//! last time are looked up separately, where they cannot delay the others.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;

use crate::fetch::{Guard, Refusal};
use crate::web::guard::Door;

/// How long an answer is believed. The system's resolver does not tell its lifetime; records of news sites live
/// between one minute and an hour.
const KNOWN_FOR: Duration = Duration::from_secs(5 * 60);

/// How long a failure is believed; the feed's own back-off does the rest.
const FAILED_FOR: Duration = Duration::from_secs(60);

/// Names remembered, about 100 bytes each.
const NAMES_MAX: usize = 50_000;

/// Questions to the system's resolver at once: each holds a thread.
const QUESTIONS_MAX: usize = 64;

/// Of those, questions for names that failed last time.
const DOUBTFUL_MAX: usize = 16;

/// More addresses than this do not help.
const ADDRESSES_MAX: usize = 16;

/// Asks for a name's addresses. The system's resolver, unless a test brings its own.
pub type Lookup = Arc<dyn Fn(String) -> Looking + Send + Sync>;
type Looking = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// A name without an address, or a look-up that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{host}: {cause}")]
pub(super) struct Unresolved {
    pub(super) host: String,
    /// Whether the look-up itself failed, as opposed to a reply that there is no such name.
    pub(super) temporary: bool,
    cause: String,
}

type Answer = Result<Arc<[IpAddr]>, Unresolved>;

enum Slot {
    /// Somebody asks already; the answer comes through here.
    Asked(watch::Receiver<Option<Answer>>),
    Known {
        answer: Answer,
        until: Instant,
    },
}

/// The system's resolver behind a memory and the guard. Clones share the memory.
#[derive(Clone)]
pub(super) struct Resolver {
    guard: Arc<Guard>,
    names: Arc<Names>,
}

struct Names {
    lookup: Lookup,
    slots: Mutex<HashMap<String, Slot>>,
    questions: Semaphore,
    doubtful: Semaphore,
}

impl Resolver {
    pub(super) fn new(guard: Arc<Guard>, lookup: Lookup) -> Resolver {
        let (questions, doubtful) = (Semaphore::new(QUESTIONS_MAX), Semaphore::new(DOUBTFUL_MAX));
        let names = Names { lookup, slots: Mutex::default(), questions, doubtful };
        Resolver { guard, names: Arc::new(names) }
    }

    /// The addresses of a name that the guard allows for this server; a refusal when it allows none of them.
    pub(super) async fn allowed(
        self,
        host: &str,
        door: Door,
    ) -> Result<Vec<IpAddr>, Box<dyn std::error::Error + Send + Sync>> {
        let all = self.names.answer(host).await?;
        let mut refused = None;
        let mut allowed = Vec::with_capacity(all.len());
        for &ip in all.iter() {
            match self.guard.address(ip, door) {
                Ok(()) => allowed.push(ip),
                Err(refusal) => refused = refused.or(Some(refusal)),
            }
        }
        match refused {
            Some(Refusal(why)) if allowed.is_empty() => Err(Box::new(Refusal(format!("{host}: {why}")))),
            _ => Ok(allowed),
        }
    }
}

tokio::task_local! {
    /// The server that a request of this task is for: the library asks for a name and does not say which of its ports.
    pub(super) static ASKED: Door;
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.clone();
        // Without a server name, only public addresses are allowed.
        let door = ASKED.try_with(|door| *door).unwrap_or(Door { port: 0, is_own: false });
        Box::pin(async move {
            let allowed = resolver.allowed(name.as_str(), door).await?;
            // Port 0 means the port of the URL.
            Ok(Box::new(allowed.into_iter().map(|ip| SocketAddr::new(ip, 0))) as Addrs)
        })
    }
}

impl Names {
    /// The known addresses of a name; starts a look-up if there are none, or joins one that is running.
    async fn answer(self: &Arc<Self>, host: &str) -> Answer {
        let mut asked = {
            let mut slots = self.lock();
            match slots.get(host) {
                Some(Slot::Known { answer, until }) if *until > Instant::now() => return answer.clone(),
                Some(Slot::Asked(asked)) => asked.clone(),
                stale => {
                    let failed_before = matches!(stale, Some(Slot::Known { answer: Err(_), .. }));
                    make_room(&mut slots);
                    let (tell, asked) = watch::channel(None);
                    slots.insert(host.to_owned(), Slot::Asked(asked.clone()));
                    // A separate task: the caller may stop waiting, but the blocked thread cannot stop, and keeps its
                    // permit.
                    tokio::spawn(self.clone().ask(host.to_owned(), failed_before, tell));
                    asked
                }
            }
        };
        let told = asked.wait_for(Option::is_some).await.ok().and_then(|answer| answer.clone());
        told.unwrap_or_else(|| {
            self.lock().remove(host);
            let cause = "the look-up came to nothing".to_owned();
            Err(Unresolved { host: host.to_owned(), temporary: true, cause })
        })
    }

    async fn ask(self: Arc<Self>, host: String, failed_before: bool, tell: watch::Sender<Option<Answer>>) {
        let never_closed = "the semaphores are never closed";
        let _lane = if failed_before { Some(self.doubtful.acquire().await.expect(never_closed)) } else { None };
        let _question = self.questions.acquire().await.expect(never_closed);
        let answer = match (self.lookup)(host.clone()).await {
            Ok(mut found) if !found.is_empty() => {
                found.truncate(ADDRESSES_MAX);
                Ok(Arc::from(found))
            }
            Ok(_) => Err(Unresolved { host: host.clone(), temporary: false, cause: "it has no address".to_owned() }),
            Err(error) => Err(unresolved(&host, &error)),
        };
        let until = Instant::now() + if answer.is_ok() { KNOWN_FOR } else { FAILED_FOR };
        self.lock().insert(host, Slot::Known { answer: answer.clone(), until });
        // Nobody may be waiting any more.
        let _ = tell.send(Some(answer));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Slot>> {
        // A map is whole after any panic between two of its operations.
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets stale answers when the cache is full, and the others as well if that is not enough.
fn make_room(slots: &mut HashMap<String, Slot>) {
    if slots.len() < NAMES_MAX {
        return;
    }
    let now = Instant::now();
    slots.retain(|_, slot| !matches!(slot, Slot::Known { until, .. } if *until <= now));
    if slots.len() > NAMES_MAX / 2 {
        slots.retain(|_, slot| matches!(slot, Slot::Asked(_)));
    }
}

/// getaddrinfo's verdicts come as text only. All but these mean that the resolver itself is in trouble.
fn unresolved(host: &str, error: &io::Error) -> Unresolved {
    /// glibc's and musl's words for "there is no such name" and "it has no address".
    const ABSENT: [&str; 4] = ["not known", "No address associated", "does not resolve", "no usable address"];
    let cause = error.to_string();
    let temporary = !ABSENT.iter().any(|words| cause.contains(words));
    Unresolved { host: host.to_owned(), temporary, cause }
}

/// The system's resolver: hosts file, DNS, whatever nsswitch says.
pub(super) fn system() -> Lookup {
    Arc::new(|host| {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// A resolver whose n-th question (from 0) takes `wait` and is answered by `answer`; and its count of questions.
    fn resolver(wait: Duration, answer: fn(usize, &str) -> Option<&'static str>) -> (Resolver, Arc<AtomicUsize>) {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        let lookup: Lookup = Arc::new(move |host| {
            let n = count.fetch_add(1, Ordering::Relaxed);
            Box::pin(async move {
                tokio::time::sleep(wait).await;
                let found = answer(n, &host).ok_or_else(|| io::Error::other("Name or service not known"))?;
                Ok(found.split(' ').map(|ip| ip.parse().unwrap()).collect())
            })
        });
        (Resolver::new(Arc::new(Guard::default()), lookup), asked)
    }

    async fn ask(resolver: &Resolver, host: &str) -> Result<String, String> {
        let door = Door { port: 80, is_own: true };
        let found = resolver.clone().allowed(host, door).await.map_err(|error| error.to_string())?;
        Ok(found.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(" "))
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn the_same_question_is_asked_once_and_its_answer_kept() {
        let (resolver, asked) = resolver(SECOND, |n, _| (n > 0).then_some("1.1.1.1"));
        let both = tokio::join!(ask(&resolver, "a.example"), ask(&resolver, "a.example"));
        assert_eq!(both.0, Err("a.example: Name or service not known".to_owned()));
        assert_eq!((both.0, asked.load(Ordering::Relaxed)), (both.1, 1));
        tokio::time::sleep(FAILED_FOR - SECOND).await;
        assert!(ask(&resolver, "a.example").await.is_err());
        tokio::time::sleep(SECOND).await;
        assert_eq!(ask(&resolver, "a.example").await, Ok("1.1.1.1".to_owned()));
        tokio::time::sleep(KNOWN_FOR - SECOND).await;
        assert!(ask(&resolver, "a.example").await.is_ok());
        assert_eq!(asked.load(Ordering::Relaxed), 2);
        tokio::time::sleep(SECOND).await;
        assert!(ask(&resolver, "a.example").await.is_ok());
        assert_eq!(asked.load(Ordering::Relaxed), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_waiting_does_not_take_the_question_back() {
        let (resolver, asked) = resolver(SECOND * 20, |_, _| Some("1.1.1.1"));
        assert!(tokio::time::timeout(SECOND, ask(&resolver, "a.example")).await.is_err());
        assert_eq!(ask(&resolver, "a.example").await, Ok("1.1.1.1".to_owned()));
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_name_that_changes_its_mind_is_judged_anew() {
        let (resolver, _) = resolver(SECOND, |n, _| Some(["1.1.1.1 10.0.0.1", "127.0.0.1 10.0.0.1"][n.min(1)]));
        assert_eq!(ask(&resolver, "rebind.example").await, Ok("1.1.1.1".to_owned()));
        assert_eq!(ask(&resolver, "rebind.example").await, Ok("1.1.1.1".to_owned()));
        tokio::time::sleep(KNOWN_FOR).await;
        let refused = ask(&resolver, "rebind.example").await.unwrap_err();
        assert!(refused.starts_with("refused by the guard: rebind.example: 127.0.0.1 is loopback"), "{refused}");
    }

    #[tokio::test(start_paused = true)]
    async fn dead_names_do_not_hold_up_the_living() {
        let (resolver, _) = resolver(SECOND * 20, |_, host| host.starts_with("live").then_some("1.1.1.1"));
        let all_dead = || async {
            let mut asking = tokio::task::JoinSet::new();
            for n in 0..1000 {
                let resolver = resolver.clone();
                asking.spawn(async move { assert!(ask(&resolver, &format!("dead-{n}.example")).await.is_err()) });
            }
            asking.join_all().await;
        };
        all_dead().await;
        tokio::time::sleep(FAILED_FOR).await;
        let started = Instant::now();
        tokio::select! {
            () = all_dead() => panic!("the dead came first"),
            found = async { tokio::time::sleep(SECOND).await; ask(&resolver, "live.example").await } => assert!(found.is_ok()),
        }
        assert_eq!(started.elapsed(), SECOND * 21);
    }

    #[test]
    fn the_memory_of_names_is_bounded() {
        let (now, cause) = (Instant::now(), Unresolved { host: String::new(), temporary: false, cause: String::new() });
        let known = |n, until| (format!("{n}.example"), Slot::Known { answer: Err(cause.clone()), until });
        let mut half_stale: HashMap<_, _> = (0..NAMES_MAX / 2).map(|n| known(n, now)).collect();
        half_stale.extend((NAMES_MAX / 2..NAMES_MAX).map(|n| known(n, now + KNOWN_FOR)));
        make_room(&mut half_stale);
        assert_eq!(half_stale.len(), NAMES_MAX / 2);
        let mut fresh: HashMap<_, _> = (0..NAMES_MAX).map(|n| known(n, now + KNOWN_FOR)).collect();
        make_room(&mut fresh);
        assert_eq!(fresh.len(), 0);
    }
}
