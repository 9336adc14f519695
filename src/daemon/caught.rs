//! Panics are faults of ours. One that belongs to a poll or a delivery fails that one, loudly, and nothing else.

use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;

/// What a piece of work gives, or what its panic said. What it held is dropped with it, and nobody looks at it
/// afterwards.
pub(super) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| said(&*panic))
}

/// The same for what takes its time.
pub(super) async fn caught_async<T>(mut work: Pin<Box<impl Future<Output = T>>>) -> Result<T, String> {
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
        Ok(polled) => polled.map(Ok),
        Err(panic) => Err(said(&*panic)).into(),
    })
    .await
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    format!("a fault in feedwatch ({}); please report it", text.unwrap_or_else(|| "without a word".to_owned()))
}
