//! Samples enter; window, trend, projection with its interval, and one word for where a metric stands leave. Pure arithmetic.

pub mod definition;
pub mod guardrail;
pub mod measured;
pub mod standing;
pub mod trend;

pub use definition::Definition;
pub use measured::{Measured, Series};
pub use standing::{Standing, State, Terms, stand};
