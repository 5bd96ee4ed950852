//! What happened enters, an exit code leaves. The codes are a contract with scripts.

use std::process::ExitCode;

/// The exit codes, best first; a worse one beats a better one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Exit {
    /// Done; for `gate`: the gate is open.
    Done,
    /// The gate is closed.
    Closed,
    /// Nothing was evaluated.
    Nothing,
    /// Bad usage, or input that cannot be read.
    Input,
    /// An internal or I/O error.
    Internal,
}

impl Exit {
    /// The number.
    pub(super) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Closed => 1,
            Self::Input => 2,
            Self::Nothing => 3,
            Self::Internal => 4,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn four_beats_two_beats_three_beats_one() {
        let mut codes = [Exit::Done, Exit::Nothing, Exit::Internal, Exit::Closed, Exit::Input];
        codes.sort_unstable();
        assert_eq!(codes.map(Exit::code), [0, 1, 3, 2, 4]);
    }
}
