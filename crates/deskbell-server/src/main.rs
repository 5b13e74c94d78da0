//! The `deskbell` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    deskbell_server::cli::main()
}
