//! Work for other threads and tasks, and its results. A panic there continues here, so that nothing uses half of a
//! result.

use tokio::task::{JoinError, JoinHandle};

/// Has work done that waits for the disk or takes its time.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    join(tokio::task::spawn_blocking(work)).await
}

/// The same for work on a value that is lent for it.
pub(super) async fn lend<T: Send + 'static, R: Send + 'static>(
    mut value: T,
    work: impl FnOnce(&mut T) -> R + Send + 'static,
) -> (T, R) {
    blocking(move || {
        let result = work(&mut value);
        (value, result)
    })
    .await
}

/// What a task gives.
pub(super) async fn join<T>(task: JoinHandle<T>) -> T {
    ended(task.await)
}

/// What a task gave.
pub(super) fn ended<T>(result: Result<T, JoinError>) -> T {
    result.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
}
