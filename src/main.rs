//! The command line: parses arguments, opens files and the clock, prints, and turns a verdict into an exit code.

mod cli;

fn main() -> std::process::ExitCode {
    cli::run()
}
