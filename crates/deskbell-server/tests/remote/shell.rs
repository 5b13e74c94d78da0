//! `deskbell completions` and `deskbell man`.

use crate::server::deskbell;

fn print(arguments: &[&str]) -> String {
    let output = deskbell().args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn completions_know_the_commands_and_bash_reads_them() {
    for shell in ["bash", "zsh", "fish"] {
        let script = print(&["completions", shell]);
        for word in ["webhooks", "deliveries", "listen", "verify", "forward-to", "api-key"] {
            assert!(script.contains(word), "{word} is not in that of {shell}");
        }
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), print(&["completions", "bash"])).unwrap();
    let read = std::process::Command::new("bash").arg("-n").arg(file.path()).status().unwrap();
    assert!(read.success());
    assert_eq!(deskbell().args(["completions", "cmd"]).output().unwrap().status.code(), Some(2));
}

#[test]
fn the_manual_has_every_command() {
    let page = print(&["man"]);
    assert!(page.contains(".TH deskbell 1"), "{page}");
    let help = print(&["--help"]);
    let listed = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names = listed.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let names: Vec<&str> = names.filter(|name| !name.is_empty() && *name != "help").collect();
    assert!(names.len() > 12, "{names:?}");
    for name in names {
        assert!(
            page.contains(&format!(".SH DESKBELL {}", name.to_uppercase())),
            "{name} is not in the manual"
        );
    }
}
