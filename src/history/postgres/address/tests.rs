//! Addresses and environments enter; where they lead, and what is refused, is compared.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use super::*;

fn read(address: &str, environment: &[(&str, &str)]) -> Result<Address, Box<Diagnostic>> {
    Address::read(address, &|name| {
        environment.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    })
}

fn protection_of(address: &str) -> Protection {
    read(address, &[]).unwrap().protection
}

#[test]
fn a_policy_does_not_say_who_gets_a_password() {
    let of = |address: &str, environment: &[(&str, &str)]| {
        let environment: Vec<(String, String)> =
            environment.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Address::of_policy(address, &move |name| {
            environment.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        })
    };
    let password = ("PGPASSWORD", "geheim");
    for environment in [
        &[password][..],
        &[password, ("PGHOST", "db.example")],
        &[password, ("PGHOST", "evil.example"), ("PGPORT", "6432")],
    ] {
        let error = of("postgres://aipp@evil.example/pilot", environment).unwrap_err();
        assert!(error.message.contains("not said to be for that host"), "{environment:?}: {}", error.message);
        assert!(error.help.unwrap().contains("PGHOST=evil.example"));
    }
    for (address, environment) in [
        ("postgres://aipp@db.example/pilot", &[password, ("PGHOST", "db.example")][..]),
        ("postgres://aipp@db.example:6432/pilot", &[password, ("PGHOST", "db.example"), ("PGPORT", "6432")]),
        ("postgres:///pilot", &[password, ("PGHOST", "db.example")]),
        ("postgres://aipp@db.example/pilot", &[("PGHOST", "other.example")]),
    ] {
        let read = of(address, environment).unwrap();
        assert_eq!(read.config.get_password().is_some(), environment.contains(&password), "{address}");
    }
    for option in
        ["service=x", "sslmode=disable", "passfile=x", "sslrootcert=x", "host=evil.example", "hostaddr=1.2.3.4"]
    {
        let error = of(&format!("postgres://aipp@db.example/pilot?{option}"), &[password]).unwrap_err();
        assert!(error.message.contains("where it is and no more"), "{}", error.message);
    }
}

#[test]
fn nothing_goes_unprotected_to_another_machine_unless_it_is_asked_for() {
    for (address, is) in [
        ("postgres://u@db.example/x", Protection::Required),
        ("postgres://u@db.example/x?sslmode=prefer", Protection::Required),
        ("postgres://u@db.example/x?sslmode=require", Protection::Required),
        ("postgres://u@db.example/x?sslmode=verify-full", Protection::Required),
        ("postgres://u@db.example/x?sslmode=disable", Protection::Plain),
        ("postgres://u@localhost/x", Protection::Preferred),
        ("postgres://u@127.0.0.1/x", Protection::Preferred),
        ("postgres://u@[::1]:5433/x", Protection::Preferred),
        ("postgres://u@%2Frun%2Fpostgresql/x", Protection::Preferred),
        ("postgres://u@localhost,db.example/x", Protection::Required),
        ("postgres://u@localhost/x?sslmode=require", Protection::Required),
        ("postgres://u@localhost/x?hostaddr=192.0.2.1", Protection::Required),
    ] {
        assert_eq!(protection_of(address), is, "{address}");
    }
    assert!(read("postgres://u@db.example/x?sslmode=off", &[]).is_err());
}

#[test]
fn no_secret_is_ever_shown() {
    for address in [
        "postgres://u:geheim@db.example:5433/x?sslmode=require",
        "postgresql://u:geheim@db.example/x",
        "postgres://u:ge@geheim@db.example/x",
        "postgres://u:ge/geheim@db.example/x",
        "postgres://u:geheim@db.example:port/x",
        "postgres://u@db.example/x?password=geheim",
        "postgres://u@db.example/x?password=geheim&nonsense=1",
        "postgres://u:geheim@db.example/x?sslmode=geheim",
    ] {
        assert!(!without_secrets(address).contains("geheim"), "{address}");
        assert!(has_password(address), "{address}");
        match read(address, &[]) {
            Ok(address) => {
                assert!(!format!("{address:?}{}", address.shown()).contains("geheim"));
                assert_eq!(address.clean("no geheim here"), "no … here");
            }
            Err(diagnostic) => assert!(!format!("{diagnostic:?}").contains("geheim"), "{diagnostic:?}"),
        }
    }
    assert!(!has_password("postgres://u@db.example/x?sslmode=require"));
    assert!(!has_password("postgres://u:@db.example/x"));
    assert_eq!(without_secrets("postgres://u:p@h:1/d?x=y"), "postgres://u@h:1/d");
}

#[test]
fn what_the_address_leaves_out_comes_from_service_file_then_environment() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("services");
    fs::write(
        &file,
        "[other]\nhost=wrong\n# no\n[metrics]\nhost = db.example\nport=6000\npassword=geheim\n[z]\nhost=z\n",
    )
    .unwrap();
    let environment = [
        ("PGSERVICEFILE", file.to_str().unwrap()),
        ("PGSERVICE", "metrics"),
        ("PGHOST", "not.example"),
        ("PGUSER", "aipp"),
        ("PGDATABASE", "pilot"),
    ];
    let read_in = read("postgres://", &environment).unwrap();
    let config = &read_in.config;
    assert_eq!(config.get_hosts(), [Host::Tcp("db.example".to_owned())]);
    assert_eq!(
        (config.get_ports(), config.get_user(), config.get_dbname()),
        (&[6000][..], Some("aipp"), Some("pilot"))
    );
    assert_eq!(config.get_password(), Some(&b"geheim"[..]));
    assert_eq!(read_in.protection, Protection::Required);
    let missing = read("postgres://?service=nowhere", &environment).unwrap_err();
    assert!(missing.message.contains("no service `nowhere`"), "{}", missing.message);
}

#[cfg(unix)]
#[test]
fn a_passfile_is_read_when_it_is_the_users_own() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join(".pgpass");
    fs::write(&file, "# no\ndb.example:1:*:*:no\ndb.example:*:x:aipp:ge\\:he:im\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let home = [("HOME", dir.path().to_str().unwrap())];
    let own = read("postgres://aipp@db.example/x", &home).unwrap();
    assert_eq!(own.config.get_password(), Some(&b"ge:he:im"[..]));
    assert_eq!(read("postgres://aipp@db.example/y", &home).unwrap().config.get_password(), None);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let open = read("postgres://aipp@db.example/x", &home).unwrap_err();
    assert!(open.message.contains("chmod 600"), "{}", open.message);
}
