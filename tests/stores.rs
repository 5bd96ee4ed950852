//! One suite for every store: what a store promises is asked of a file and of a real PostgreSQL, which this test starts itself from
//! `AIPP_TOOLS` and stops when it ends.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

mod workshop;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use aipp::diagnostic::Code;
use aipp::history::row::Stamp;
use aipp::history::{FileStore, Ids, Retraction, Row, Store, StoreError, Wanted};
use uuid::Uuid;

fn sample(number: u128, metric: &str, value: f64) -> Row {
    let minute = number % 60;
    let id = Uuid::from_u128(number + 1);
    Row::parse(
        format!(
            r#"{{"v":1,"type":"sample","id":"{id}","metric":"{metric}","value":{value:?},"unit":"min","at":"2026-06-01T08:{minute:02}:00Z","recorded":"2026-06-02T09:{minute:02}:00Z","by":"test","source":"cli","baseline":{{"baseline":"12 min","unit":"min"}}}}"#
        )
        .as_bytes(),
    )
    .unwrap()
}

/// Rows of every kind, with what is hard to keep: texts of all sorts, numbers at the ends of their range.
fn hard() -> Vec<Row> {
    let note = r#"it's \"quoted\"; DROP TABLE aipp_rows; -- %s $1 \\ \u0000\u001b[31m\n 💶 \u202e"#;
    let mut rows: Vec<Row> = [0.1 + 0.2, -0.0, 5e-324, f64::MAX, -1.0 / 3.0, 1e21, 123_456_789.123_456_79]
        .iter()
        .enumerate()
        .map(|(i, value)| sample(i as u128, "handling-time", *value))
        .collect();
    let lines = [
        format!(
            r#"{{"v":1,"type":"sample","id":"00000000-0000-4000-8000-000000000001","metric":"o'hara","value":2.5,"unit":"%","at":"1969-12-31T23:59:59.123456789Z","recorded":"2026-06-03T10:00:00.000001Z","by":"Zoë","note":"{note}","source":"import:a.csv"}}"#
        ),
        r#"{"v":1,"type":"rebaseline","id":"00000000-0000-4000-8000-000000000002","metric":"handling-time","date":"2026-06-10","reason":"The first count left out a desk","approver":"T. Berg","before":{"baseline":"12 min","unit":"min"},"after":{"baseline":"15 min","unit":"min"},"recorded":"2026-06-10T08:00:00Z","by":"t","source":"cli"}"#.to_owned(),
        r#"{"v":1,"type":"assessment","id":"00000000-0000-4000-8000-000000000003","today":"2026-06-11","recorded":"2026-06-11T08:00:00Z","by":"t","source":"cli","project":"P","phase":"pilot","gate":{"to":"harden","verdict":"closed"},"headline":12.5,"weakest":"people","proven":20.25,"stated":50.0,"claim_gap":29.75,"areas":{"people":12.5,"data":null},"levels":{"a":"verified","b":"none"},"unmet":{"b":"nothing was found"},"version":"0.1.0","catalogue":"abc","commit":null}"#.to_owned(),
        r#"{"v":1,"type":"torn","id":"00000000-0000-8000-8000-000000000004","recorded":"2026-06-12T08:00:00Z","sha256":"ab","text":"{\"v\":1,"}"#.to_owned(),
    ];
    rows.extend(lines.iter().map(|line| Row::parse(line.as_bytes()).unwrap()));
    rows
}

fn all(store: &mut dyn Store, wanted: Wanted<'_>) -> BTreeMap<Uuid, Row> {
    let mut rows = BTreeMap::new();
    store
        .each(wanted, &mut |row| assert!(rows.insert(row.id(), row).is_none(), "each id once"))
        .unwrap_or_else(|error| panic!("{error}: {error:?}"));
    rows
}

fn by_id(rows: &[Row]) -> BTreeMap<Uuid, Row> {
    rows.iter().map(|row| (row.id(), row.clone())).collect()
}

/// What every store promises. `open` gives another handle to the same, empty store.
fn contract(open: &(dyn Fn() -> Box<dyn Store> + Sync)) {
    let mut store = open();
    assert!(!store.is_there().unwrap(), "nobody has written to it");
    assert_eq!(all(&mut *store, Wanted::All), BTreeMap::new(), "nothing is there before the first value");
    assert!(store.measured().unwrap().0.series.is_empty());

    let rows = hard();
    let first = store.append(&rows, Ids::Fresh).unwrap();
    assert_eq!((first.added, first.there, first.created), (rows.len(), 0, true));
    assert!(open().is_there().unwrap());
    assert_eq!(all(&mut *open(), Wanted::All), by_id(&rows), "what was written is read, to the last bit");

    let again = open().append(&rows, Ids::MayBeThere).unwrap();
    assert_eq!((again.added, again.there, again.created), (0, rows.len(), false), "writing again adds nothing");
    let twice =
        open().append(&[sample(900, "m", 1.0), sample(900, "m", 1.0), rows[0].clone()], Ids::MayBeThere).unwrap();
    assert_eq!((twice.added, twice.there), (1, 2));
    assert_eq!(open().append(&[], Ids::MayBeThere).unwrap().added, 0);

    for batch in
        [vec![sample(901, "m", 1.0), sample(900, "m", 2.0)], vec![sample(902, "m", 1.0), sample(902, "m", 2.0)]]
    {
        match open().append(&batch, Ids::MayBeThere) {
            Err(StoreError::Rows(said)) => assert_eq!(said[0].code, Code::SameId),
            other => panic!("one id with two contents: {other:?}"),
        }
    }
    let known = all(&mut *open(), Wanted::All);
    assert_eq!(known.len(), rows.len() + 1, "a batch that is refused leaves nothing behind");

    let only: Vec<usize> = [Wanted::Metric("handling-time"), Wanted::Metric("o'hara"), Wanted::Assessments]
        .iter()
        .map(|wanted| all(&mut *open(), *wanted).len())
        .collect();
    assert_eq!(only, [8, 1, 1]);

    let (measured, _) = open().measured().unwrap();
    let series = &measured.series["handling-time"];
    let values: Vec<u64> = series.runs.iter().flat_map(|run| &run.values).map(|v| v.to_bits()).collect();
    let written: Vec<u64> = rows
        .iter()
        .filter_map(|row| match row {
            Row::Sample(sample) if sample.metric == "handling-time" => Some(sample.value.to_bits()),
            _ => None,
        })
        .collect();
    assert_eq!(values, written);
    assert_eq!(series.first.as_ref().unwrap().baseline.as_deref(), Some("12 min"));
    assert_eq!(series.rebaselines[0].after.baseline.as_deref(), Some("15 min"));
    assert_eq!(measured.series["o'hara"].runs[0].at, [-876]);

    // A value that is taken back stays and does not count, in whatever order the two rows come.
    let (wrong, right) = (sample(903, "back", 95.0), sample(904, "back", 9.5));
    let stamp = Stamp { id: Uuid::from_u128(7000), recorded: wrong.recorded(), by: "test".to_owned() };
    let retraction = Row::Retraction(Retraction::new(stamp, "back", wrong.id(), "a point was left out"));
    open().append(std::slice::from_ref(&retraction), Ids::Fresh).unwrap();
    open().append(&[wrong.clone(), right.clone()], Ids::Fresh).unwrap();
    assert_eq!(all(&mut *open(), Wanted::Metric("back")), by_id(&[wrong, right, retraction]));
    let values: Vec<f64> =
        open().measured().unwrap().0.series["back"].runs.iter().flat_map(|run| run.values.clone()).collect();
    assert_eq!(values, [9.5]);

    // Many at once, and half of what each writes is written by another as well.
    std::thread::scope(|scope| {
        for writer in 0..6_u128 {
            scope.spawn(move || {
                for part in 0..5_u128 {
                    let start = 1000 + writer * 50 + part * 20;
                    let mut batch: Vec<Row> = (start..start + 40).map(|n| sample(n, "many", n as f64)).collect();
                    if writer % 2 == 0 {
                        batch.reverse();
                    }
                    open().append(&batch, Ids::MayBeThere).unwrap();
                }
            });
        }
    });
    let many: Vec<f64> = all(&mut *open(), Wanted::Metric("many"))
        .values()
        .map(|row| match row {
            Row::Sample(sample) => sample.value,
            _ => f64::NAN,
        })
        .collect();
    let expected: Vec<f64> = (1000..1370).map(f64::from).collect();
    assert_eq!(many, expected, "nothing is lost and nothing is there twice");
}

#[test]
fn a_file_keeps_the_promises() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("h.jsonl");
    contract(&|| Box::new(FileStore::new(&path, "h.jsonl")));
}

/// A project with one metric.
fn project() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let text = "aipp: 1\nmetrics:\n  - { id: m, baseline: 12 min, target: 2 min, deadline: 2026-12-31 }\n";
    fs::write(dir.path().join("aipp.yaml"), text).unwrap();
    dir
}

fn aipp(dir: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aipp"));
    for name in [
        "AIPP_STORE",
        "PGPASSWORD",
        "PGSERVICE",
        "PGHOST",
        "PGPORT",
        "PGUSER",
        "PGDATABASE",
        "PGSSLMODE",
        "AIPP_OFFLINE",
        "AIPP_SQL_URL",
    ] {
        command.env_remove(name);
    }
    command.current_dir(dir).env("AIPP_BY", "test").env("HOME", dir).args(arguments);
    command.envs(environment.iter().copied()).output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn copying_needs_two_stores() {
    let dir = project();
    for arguments in [&["metrics", "copy"][..], &["metrics", "copy", "--to", ".aipp/history.jsonl"]] {
        assert_eq!(aipp(dir.path(), arguments, &[]).status.code(), Some(2));
    }
}

#[test]
fn a_history_that_is_not_there_is_not_copied() {
    let dir = project();
    for (arguments, named) in [
        (&["metrics", "copy", "--from", "histroy.jsonl"][..], "histroy.jsonl"),
        (&["metrics", "copy", "--to", "backup.jsonl"], ".aipp/history.jsonl"),
    ] {
        let done = aipp(dir.path(), arguments, &[]);
        assert_eq!(done.status.code(), Some(2), "{}", said(&done));
        assert!(said(&done).contains(&format!("there is no history in {named}")), "{}", said(&done));
    }
    assert!(!dir.path().join("backup.jsonl").exists() && !dir.path().join(".aipp").exists(), "nothing is left behind");
}

/// What is recorded is where it is looked for, also when only the policy says where that is.
#[test]
fn assessments_are_kept_in_the_store_of_the_policy() {
    let dir = project();
    fs::write(dir.path().join("aipp.policy.yaml"), "aipp_policy: 1\nstore: shared/h.jsonl\n").unwrap();
    let done = aipp(dir.path(), &["assess", "--record", "--today", "2026-06-01"], &[]);
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    assert!(dir.path().join("shared/h.jsonl").is_file() && !dir.path().join(".aipp").exists());
    assert!(said(&aipp(dir.path(), &["history"], &[])).contains("2026-06-01"));
}

#[cfg(all(unix, feature = "postgres"))]
mod postgresql {
    use std::io::Write as _;
    use std::net::TcpListener;
    use std::path::PathBuf;
    use std::process::{Child, Stdio};
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use aipp::history::PostgresStore;
    use aipp::history::postgres::Address;
    use postgres::NoTls;

    use super::workshop::tool;
    use super::*;

    const PASSWORD: &str = "geheim-7?x";
    const ENCODED: &str = "geheim-7%3Fx";

    /// A server that lives as long as this process.
    struct Server {
        port: u16,
        dir: PathBuf,
        _keeper: Child,
    }

    /// Runs PostgreSQL until its standard input ends, as a user that is not root, and cleans up after it.
    const KEEPER: &str = r#"
        cd "$1" || exit 1
        new="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        openssl req -x509 $new -days 2 -subj /CN=test -keyout ca.key -out ca.pem > log 2>&1 || exit 1
        openssl req $new -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout key.pem -out request.pem >> log 2>&1 || exit 1
        openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -copy_extensions copy -out cert.pem \
            >> log 2>&1 || exit 1
        chmod 600 key.pem
        "$2/initdb" -D data -U aipp --auth=scram-sha-256 --pwfile=password -E UTF8 --no-sync >> log 2>&1 || exit 1
        "$2/postgres" -D data -c listen_addresses=localhost -p "$3" -k "$1" -c fsync=off -c max_connections=25 -c "log_line_prefix=%d " \
            -c ssl=on -c ssl_cert_file=../cert.pem -c ssl_key_file=../key.pem >> log 2>&1 &
        cat > /dev/null
        kill -INT $!
        wait
        rm -rf "$1"
    "#;

    fn tools() -> Option<PathBuf> {
        Some(tool("initdb")?.parent()?.to_owned())
    }

    fn start(tools: &Path) -> Server {
        let dir = tempfile::Builder::new().prefix("aipp-pg-").tempdir().unwrap().keep();
        fs::write(dir.join("password"), PASSWORD).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        // PostgreSQL refuses to run as root.
        let root = nix::unistd::Uid::effective().is_root();
        let mut command = if root {
            const NOBODY: u32 = 65534;
            for path in [dir.join("password"), dir.clone()] {
                std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
            }
            let mut command = Command::new("setpriv");
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "sh"]);
            command
        } else {
            Command::new("sh")
        };
        command.args(["-c", KEEPER, "keeper"]).args([&dir, tools]).arg(port.to_string());
        let keeper =
            command.current_dir("/").env("HOME", &dir).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let server = Server { port, dir, _keeper: keeper };
        for _ in 0..600 {
            if server.admin("postgres").is_ok() {
                return server;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("PostgreSQL does not start: {}", fs::read_to_string(server.dir.join("log")).unwrap_or_default());
    }

    impl Server {
        fn get() -> Option<&'static Self> {
            static SERVER: OnceLock<Option<Server>> = OnceLock::new();
            SERVER.get_or_init(|| tools().map(|tools| start(&tools))).as_ref()
        }

        fn admin(&self, database: &str) -> Result<postgres::Client, postgres::Error> {
            let mut config = postgres::Config::new();
            config.host("localhost").port(self.port).user("aipp").password(PASSWORD).dbname(database);
            config.connect(NoTls)
        }

        /// A new database.
        fn database(&self) -> String {
            static NUMBER: AtomicU32 = AtomicU32::new(0);
            let name = format!("t{}", NUMBER.fetch_add(1, Ordering::Relaxed));
            self.admin("postgres").unwrap().batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
            name
        }

        fn url(&self, database: &str) -> String {
            format!("postgres://aipp:{ENCODED}@localhost:{}/{database}", self.port)
        }

        fn bare(&self, database: &str) -> String {
            format!("postgres://aipp@localhost:{}/{database}", self.port)
        }
    }

    fn open(url: &str) -> Box<dyn Store> {
        Box::new(PostgresStore::new(Address::read(url, &|_| None).unwrap()))
    }

    #[test]
    fn a_database_keeps_the_promises() {
        let Some(server) = Server::get() else { return };
        let url = server.url(&server.database());
        contract(&|| open(&url));
    }

    #[test]
    fn the_strictest_isolation_only_means_that_transactions_are_tried_again() {
        let Some(server) = Server::get() else { return };
        let name = server.database();
        let sql = format!("ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'");
        server.admin("postgres").unwrap().batch_execute(&sql).unwrap();
        let url = server.url(&name);
        contract(&|| open(&url));
    }

    /// Waits until a transaction of a database waits for another one.
    fn until_blocked(server: &Server, database: &str) {
        let mut admin = server.admin("postgres").unwrap();
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'";
        for _ in 0..3000 {
            if admin.query_one(sql, &[&database]).unwrap().get::<_, i64>(0) > 0 {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("nobody waits");
    }

    /// How often the server refused a transaction of a database for a reason.
    fn refusals(server: &Server, database: &str, reason: &str) -> usize {
        let log = fs::read_to_string(server.dir.join("log")).unwrap();
        log.lines().filter(|line| *line == format!("{database} ERROR:  {reason}")).count()
    }

    /// Writes a row as somebody else would, in a transaction that is open.
    fn insert(transaction: &mut postgres::Transaction<'_>, row: &Row) {
        let mut line = Vec::new();
        row.write(&mut line);
        let content = String::from_utf8(line).unwrap();
        let sql = "INSERT INTO aipp_rows (id, kind, recorded, content) VALUES ($1, 'sample', now(), $2)";
        transaction.execute(sql, &[&row.id().to_string(), &content.trim_end()]).unwrap();
    }

    #[test]
    fn a_transaction_that_cannot_be_serialized_is_tried_again() {
        let Some(server) = Server::get() else { return };
        let name = server.database();
        let url = server.url(&name);
        open(&url).append(&[], Ids::Fresh).unwrap();
        let sql = format!("ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'");
        server.admin("postgres").unwrap().batch_execute(&sql).unwrap();
        let rows = [sample(1, "m", 1.0), sample(2, "m", 2.0)];
        let mut admin = server.admin(&name).unwrap();
        let mut other = admin.transaction().unwrap();
        insert(&mut other, &rows[1]);
        let appended = std::thread::scope(|scope| {
            let append = scope.spawn(|| open(&url).append(&rows, Ids::MayBeThere));
            until_blocked(server, &name);
            // What is committed now is not in the snapshot of the one who waits.
            other.commit().unwrap();
            append.join().unwrap().unwrap()
        });
        assert_eq!((appended.added, appended.there), (1, 1));
        assert_eq!(refusals(server, &name, "could not serialize access due to concurrent update"), 1);
        assert_eq!(all(&mut *open(&url), Wanted::All), by_id(&rows));
    }

    #[test]
    fn a_deadlock_is_tried_again() {
        let Some(server) = Server::get() else { return };
        let name = server.database();
        let url = server.url(&name);
        open(&url).append(&[], Ids::Fresh).unwrap();
        // The server looks for a deadlock when somebody has waited so long: here the store, and never the other one.
        let sql = format!("ALTER DATABASE {name} SET deadlock_timeout = '2s'");
        server.admin("postgres").unwrap().batch_execute(&sql).unwrap();
        let rows = [sample(1, "m", 1.0), sample(2, "m", 2.0)];
        let mut admin = server.admin(&name).unwrap();
        admin.batch_execute("SET deadlock_timeout = '10min'").unwrap();
        let mut other = admin.transaction().unwrap();
        insert(&mut other, &rows[1]);
        let appended = std::thread::scope(|scope| {
            let append = scope.spawn(|| open(&url).append(&rows, Ids::MayBeThere));
            until_blocked(server, &name);
            // The store has written the first row and waits for the second; now each waits for the other.
            insert(&mut other, &rows[0]);
            other.commit().unwrap();
            append.join().unwrap().unwrap()
        });
        assert_eq!((appended.added, appended.there), (0, 2));
        assert_eq!(refusals(server, &name, "deadlock detected"), 1);
        assert_eq!(all(&mut *open(&url), Wanted::All), by_id(&rows));
    }

    #[test]
    fn trying_again_ends_and_the_value_is_not_lost() {
        let Some(server) = Server::get() else { return };
        let (dir, name) = (project(), server.database());
        let url = server.bare(&name);
        let environment = [("PGPASSWORD", PASSWORD)];
        open(&server.url(&name)).append(&[], Ids::Fresh).unwrap();
        let mut admin = server.admin(&name).unwrap();
        admin
            .batch_execute(
                "CREATE FUNCTION meet() RETURNS trigger LANGUAGE plpgsql AS \
                 $$BEGIN RAISE EXCEPTION 'they met again' USING ERRCODE = '40001'; END$$; \
                 CREATE TRIGGER meets BEFORE INSERT ON aipp_rows EXECUTE FUNCTION meet()",
            )
            .unwrap();
        let record = ["metrics", "record", "m", "9.5 min", "--at", "2026-06-01", "--store", &url];
        let failed = aipp(dir.path(), &record, &environment);
        assert_eq!(failed.status.code(), Some(4), "{}", said(&failed));
        assert_eq!(refusals(server, &name, "they met again"), 10, "it gives up");
        let text = said(&failed);
        assert!(text.contains("they met again [40001]") && text.contains("--row-id"), "{text}");
        admin.batch_execute("DROP TRIGGER meets ON aipp_rows").unwrap();
        let command = &text[text.find("aipp metrics record").unwrap()..];
        let command = &command[..command.find("--row-id ").unwrap() + "--row-id ".len() + 36];
        let script = command.replacen("aipp", env!("CARGO_BIN_EXE_aipp"), 1);
        for added in [1, 0] {
            let done = Command::new("sh")
                .args(["-c", &format!("{script} -f json")])
                .current_dir(dir.path())
                .envs(environment)
                .env("AIPP_BY", "test")
                .output()
                .unwrap();
            let written: serde_json::Value =
                serde_json::from_slice(&done.stdout).unwrap_or_else(|_| panic!("{}", said(&done)));
            assert_eq!(written["added"], added, "once, however often it is tried");
        }
    }

    /// A policy names a server: an assessment asks it, `--offline` does not, and one that is down is unknown and opens no gate.
    #[test]
    fn the_server_that_a_policy_names_is_asked_by_an_assessment() {
        let Some(server) = Server::get() else { return };
        let (dir, name) = (project(), server.database());
        let url = server.bare(&name);
        let policy = |url: &str| {
            fs::write(dir.path().join("aipp.policy.yaml"), format!("aipp_policy: 1\nstore: {url}\n")).unwrap();
        };
        policy(&url);
        let port = server.port.to_string();
        let password = [("PGPASSWORD", PASSWORD)];
        let here = [("PGPASSWORD", PASSWORD), ("PGHOST", "localhost"), ("PGPORT", port.as_str())];
        let recorded = aipp(dir.path(), &["metrics", "record", "m", "9.5 min"], &here);
        assert!(recorded.status.success() && said(&recorded).contains(&url), "{}", said(&recorded));
        assert!(!dir.path().join(".aipp").exists());
        let assess = |arguments: &[&str], environment: &[(&str, &str)]| {
            let done = aipp(dir.path(), &[&["assess", "-f", "json"], arguments].concat(), environment);
            (done.status.code(), said(&done))
        };
        let (code, text) = assess(&["--record"], &here);
        assert!(code == Some(0) && text.contains("\"now\": 9.5"), "{text}");
        let (code, text) = assess(&["--offline"], &here);
        assert!(code == Some(2) && text.contains("`--offline` refuses"), "{text}");
        // The password is for no host in particular, so a file of the repository does not say who gets it.
        let (code, text) = assess(&[], &password);
        assert!(code == Some(2) && text.contains("not said to be for that host"), "{text}");
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        policy(&format!("postgres://aipp@localhost:{closed}/{name}"));
        let (code, text) = assess(&[], &[]);
        for said in [
            "\"because\": \"could not be looked at: postgres://aipp@localhost",
            "\"code\": \"store-unknown\"",
            "what rests on measurements is unknown",
        ] {
            assert!(code == Some(0) && text.contains(said), "{said}: {text}");
        }
        let down = aipp(dir.path(), &["metrics", "record", "m", "9.5 min"], &[]);
        assert_eq!(down.status.code(), Some(4), "{}", said(&down));
        assert!(said(&down).contains("once the cause is gone: aipp metrics record m"), "{}", said(&down));
        assert_eq!(aipp(dir.path(), &["metrics", "status"], &[]).status.code(), Some(4));
    }

    #[test]
    fn a_history_moves_there_and_back_without_loss() {
        let Some(server) = Server::get() else { return };
        let (dir, name) = (project(), server.database());
        let file = dir.path().join(".aipp/history.jsonl");
        // Enough rows for several pages and statements, with values that a careless conversion would change.
        let mut rows = hard();
        rows.extend((2000..14_500_u32).map(|n| sample(u128::from(n), "x", f64::from(n).sqrt() / 7.3e5)));
        FileStore::new(&file, "h").append(&rows, Ids::Fresh).unwrap();
        let (url, count) = (server.bare(&name), rows.len());
        let password = [("PGPASSWORD", PASSWORD)];

        let there = aipp(dir.path(), &["metrics", "copy", "--to", &url], &password);
        assert!(
            said(&there).contains(&format!("{count} rows copied from .aipp/history.jsonl to {url}")),
            "{}",
            said(&there)
        );
        let twice = aipp(dir.path(), &["metrics", "copy", "--to", &url], &password);
        assert!(
            said(&twice).contains(&format!("0 rows copied from .aipp/history.jsonl to {url}, {count} were")),
            "{}",
            said(&twice)
        );
        let back = aipp(dir.path(), &["metrics", "copy", "--from", &url, "--to", "back.jsonl"], &password);
        assert!(back.status.success(), "{}", said(&back));
        assert_eq!(all(&mut FileStore::new(dir.path().join("back.jsonl"), "b"), Wanted::All), by_id(&rows));
        let again = aipp(dir.path(), &["metrics", "copy", "--from", &url], &password);
        assert!(said(&again).contains("0 rows copied"), "{}", said(&again));
        let (from_file, _) = FileStore::new(&file, "h").measured().unwrap();
        let (from_database, _) = open(&server.url(&name)).measured().unwrap();
        for (metric, series) in &from_file.series {
            let mut points = [series, &from_database.series[metric]].map(|series| {
                series
                    .runs
                    .iter()
                    .flat_map(|run| run.at.iter().zip(&run.values))
                    .map(|(at, v)| (*at, v.to_bits()))
                    .collect::<Vec<_>>()
            });
            points.iter_mut().for_each(|points| points.sort_unstable());
            assert_eq!(points[0], points[1], "{metric}");
        }
    }

    #[test]
    fn tables_of_an_earlier_version_are_brought_forward_and_those_of_a_later_one_left_alone() {
        let Some(server) = Server::get() else { return };
        let name = server.database();
        let mut admin = server.admin(&name).unwrap();
        let first = include_str!("../src/history/postgres/1.sql");
        let schema = "CREATE TABLE aipp_schema (version BIGINT NOT NULL PRIMARY KEY, applied TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP); INSERT INTO aipp_schema (version) VALUES (1)";
        admin.batch_execute(first).unwrap();
        admin.batch_execute(schema).unwrap();
        let mut store = open(&server.url(&name));
        assert!(!store.append(&[sample(1, "m", 1.0)], Ids::Fresh).unwrap().created);
        let versions: Vec<i64> = admin
            .query("SELECT version FROM aipp_schema ORDER BY 1", &[])
            .unwrap()
            .iter()
            .map(|row| row.get(0))
            .collect();
        assert_eq!(versions, [1, 2]);
        let indexes: i64 =
            admin.query_one("SELECT count(*) FROM pg_indexes WHERE tablename = 'aipp_rows'", &[]).unwrap().get(0);
        assert_eq!(indexes, 3);

        admin.batch_execute("INSERT INTO aipp_schema (version) VALUES (99)").unwrap();
        for refused in [
            open(&server.url(&name)).append(&[sample(2, "m", 1.0)], Ids::Fresh).map(|_| ()),
            open(&server.url(&name)).measured().map(|_| ()),
        ] {
            let Err(StoreError::Rows(diagnostics)) = refused else { panic!("{refused:?}") };
            assert!(diagnostics[0].message.contains("version 99"), "{}", diagnostics[0].message);
        }
    }

    #[test]
    fn reading_and_adding_is_all_that_a_user_needs() {
        let Some(server) = Server::get() else { return };
        let (dir, name) = (project(), server.database());
        let mut admin = server.admin(&name).unwrap();
        let role = format!("writer_{name}");
        admin
            .batch_execute(&format!(
                "CREATE ROLE {role} LOGIN PASSWORD 'writer'; REVOKE CREATE ON SCHEMA public FROM PUBLIC"
            ))
            .unwrap();
        let url = format!("postgres://{role}@localhost:{}/{name}", server.port);
        let record = |value: &str| {
            aipp(dir.path(), &["metrics", "record", "m", value], &[("AIPP_STORE", &url), ("PGPASSWORD", "writer")])
        };
        let refused = record("9 min");
        assert_eq!(refused.status.code(), Some(4));
        assert!(
            said(&refused).contains("permission denied") && said(&refused).contains("docs/metrics.md"),
            "{}",
            said(&refused)
        );

        open(&server.url(&name)).append(&[], Ids::Fresh).unwrap();
        admin
            .batch_execute(&format!(
                "GRANT SELECT ON aipp_schema TO {role}; GRANT SELECT, INSERT ON aipp_rows TO {role}"
            ))
            .unwrap();
        let done = record("9 min");
        assert!(done.status.success(), "{}", said(&done));
        let status = aipp(dir.path(), &["metrics", "history", "m"], &[("AIPP_STORE", &url), ("PGPASSWORD", "writer")]);
        assert!(said(&status).contains("9 min"), "{}", said(&status));
    }

    #[test]
    fn no_message_ever_holds_the_password() {
        let Some(server) = Server::get() else { return };
        let (dir, name) = (project(), server.database());
        let url = server.url(&name);
        // On the command line every user of the machine could read it.
        for arguments in [
            &["metrics", "record", "m", "9 min", "--store", &url][..],
            &["metrics", "copy", "--to", &url],
            &["metrics", "copy", "--from", &url],
            &["metrics", "status", "--store", &format!("{}?password={ENCODED}", server.bare(&name))],
        ] {
            let refused = aipp(dir.path(), arguments, &[]);
            assert_eq!(refused.status.code(), Some(2), "{}", said(&refused));
            assert!(
                said(&refused).contains("command line") && !said(&refused).contains("geheim"),
                "{}",
                said(&refused)
            );
        }
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let silent = silent.local_addr().unwrap().port();
        for (address, code) in [
            (url.clone(), 0),
            (url.replace("aipp:", "nobody:"), 4),
            (url.replace("-7", "-8"), 4),
            (format!("postgres://aipp:{ENCODED}@127.0.0.1:{closed}/x"), 4),
            (format!("postgres://aipp:{ENCODED}@127.0.0.1:{silent}/x?connect_timeout=1"), 4),
            (format!("{url}?sslmode={ENCODED}"), 2),
            (format!("{url}?nonsense={ENCODED}"), 2),
            (url.replace("geheim", "ge@/geheim"), 2),
            (format!("postgres://aipp:{ENCODED}@localhost:nine/x"), 2),
        ] {
            for arguments in [
                &["metrics", "record", "m", "9 min", "-v"][..],
                &["metrics", "status", "-v"],
                &["assess", "--record", "-f", "json"],
            ] {
                let done = aipp(dir.path(), arguments, &[("AIPP_STORE", &address)]);
                assert_eq!(done.status.code(), Some(code), "{address} {arguments:?}: {}", said(&done));
                assert!(!said(&done).contains("geheim"), "{}", said(&done));
            }
        }
        let offline = aipp(dir.path(), &["metrics", "status", "--offline"], &[("AIPP_STORE", &url)]);
        assert_eq!(offline.status.code(), Some(2));
        assert!(said(&offline).contains("--offline"), "{}", said(&offline));
    }

    #[test]
    fn with_the_server_down_the_value_is_not_lost() {
        let Some(server) = Server::get() else { return };
        let (dir, name) = (project(), server.database());
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let down = format!("postgres://aipp:{ENCODED}@localhost:{port}/{name}");
        let arguments = ["metrics", "record", "m", "9.5 min", "--note", "it's week 3", "--by", "Priya"];
        let failed = aipp(dir.path(), &arguments, &[("AIPP_STORE", &down)]);
        assert_eq!(failed.status.code(), Some(4));
        let text = said(&failed);
        assert!(text.contains("was not recorded") && text.contains("cannot be reached"), "{text}");
        // The command that was printed is one that a shell runs; twice adds nothing more.
        let command = text
            .lines()
            .find_map(|line| {
                Some(format!("aipp {}", line.split_once("aipp metrics").map(|(_, rest)| format!("metrics{rest}"))?))
            })
            .unwrap();
        let end = command.find("--row-id ").unwrap() + "--row-id ".len() + 36;
        let command = command[..end].replacen("aipp", env!("CARGO_BIN_EXE_aipp"), 1);
        for added in ["recorded in", "was there already in"] {
            let mut shell = Command::new("sh")
                .arg("-s")
                .current_dir(dir.path())
                .env("AIPP_STORE", server.url(&name))
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            writeln!(shell.stdin.take().unwrap(), "{command}").unwrap();
            let done = shell.wait_with_output().unwrap();
            assert!(said(&done).contains(added), "{command}: {}", said(&done));
        }
        let rows = all(&mut *open(&server.url(&name)), Wanted::All);
        let Some(Row::Sample(sample)) = rows.values().next() else { panic!("{rows:?}") };
        assert_eq!((rows.len(), sample.value, sample.by.as_str()), (1, 9.5, "Priya"));
        assert_eq!(sample.note.as_deref(), Some("it's week 3"));
    }

    #[test]
    fn many_processes_record_at_once_in_a_new_database() {
        let Some(server) = Server::get() else { return };
        let (dir, url) = (project(), server.url(&server.database()));
        std::thread::scope(|scope| {
            for recorder in 0..6_u32 {
                let (dir, url) = (dir.path(), &url);
                scope.spawn(move || {
                    for i in 0..6_u32 {
                        let value = (recorder * 6 + i).to_string();
                        let done = aipp(dir, &["metrics", "record", "m", &value, "-q"], &[("AIPP_STORE", url)]);
                        assert!(done.status.success(), "{}", said(&done));
                    }
                });
            }
        });
        let (measured, _) = open(&url).measured().unwrap();
        let mut values = measured.series["m"].runs[0].values.clone();
        values.sort_by(f64::total_cmp);
        assert_eq!(values, (0..36).map(f64::from).collect::<Vec<_>>());
    }

    #[test]
    fn certificate_and_name_are_verified() {
        let Some(server) = Server::get() else { return };
        let url = server.url(&server.database());
        let root = server.dir.join("ca.pem");
        let elsewhere = url.replace("localhost", "127.0.0.1");
        for (address, works) in [
            (format!("{url}?sslmode=disable"), true),
            (format!("{url}?sslmode=prefer"), true),
            (format!("{url}?sslmode=require"), false),
            (format!("{url}?sslmode=verify-full"), false),
            (format!("{url}?sslmode=verify-full&sslrootcert={}", root.display()), true),
            (format!("{url}?sslmode=require&sslrootcert=/nowhere.pem"), false),
            (format!("{elsewhere}?sslmode=verify-full&sslrootcert={}", root.display()), false),
        ] {
            let done = open(&address).append(&[], Ids::Fresh);
            assert_eq!(done.is_ok(), works, "{address}: {done:?}");
            assert!(
                works || matches!(&done, Err(StoreError::Unreachable { why, .. }) if !why.contains("geheim")),
                "{done:?}"
            );
        }
    }

    #[test]
    fn a_query_gives_time_and_value_and_cannot_write() {
        let Some(server) = Server::get() else { return };
        let name = server.database();
        let mut admin = server.admin(&name).unwrap();
        admin
            .batch_execute(
                "CREATE TABLE weekly (day DATE, minutes NUMERIC, at TIMESTAMPTZ); INSERT INTO weekly VALUES \
                 ('2026-06-08', 11.5, '2026-06-08 10:00+02'), ('2026-06-15', NULL, NULL), ('2026-06-22', 10, '2026-06-22 10:00:00.5+02'); \
                 CREATE FUNCTION cheat() RETURNS DOUBLE PRECISION LANGUAGE sql AS 'DELETE FROM weekly; SELECT 1.0::float8'",
            )
            .unwrap();
        let sources = [
            ("days", "SELECT day, minutes FROM weekly ORDER BY day;"),
            ("times", "SELECT at, minutes FROM weekly WHERE at IS NOT NULL -- the rest is open"),
            ("three", "SELECT day, minutes, at FROM weekly"),
            ("text", "SELECT day, 'ten' FROM weekly"),
            ("endless", "SELECT now(), x FROM generate_series(1, 200000) AS x"),
            ("slow", "SELECT now(), 1 FROM pg_sleep(60)"),
            ("writes", "SELECT now(), cheat()"),
            ("leaves", "SELECT now(), 1) AS q (at, value); DROP TABLE weekly; --"),
        ];
        let dir = tempfile::tempdir().unwrap();
        let metrics: String = sources
            .iter()
            .map(|(id, sql)| {
                let sql = serde_json::to_string(sql).unwrap();
                format!(
                    "  - {{ id: {id}, baseline: 12 min, target: 2 min, source: {{ sql: {sql}, since: 2026-06-01 }} }}\n"
                )
            })
            .collect();
        fs::write(dir.path().join("aipp.yaml"), format!("aipp: 1\nmetrics:\n{metrics}")).unwrap();
        let (url, bare) = (server.url(&name), server.bare(&name));
        let pull = |id: &str| aipp(dir.path(), &["metrics", "pull", id, "--timeout", "2"], &[("AIPP_SQL_URL", &url)]);
        for id in ["days", "times"] {
            let done = pull(id);
            assert!(said(&done).contains("2 values of 1 metric recorded"), "{}", said(&done));
            assert!(said(&pull(id)).contains("2 were there already"));
        }
        for (id, reason) in [
            ("three", "columns"),
            ("text", "ten"),
            ("endless", "more than 100000 values"),
            ("slow", "statement timeout"),
            ("writes", "read-only transaction"),
            ("leaves", "syntax error"),
        ] {
            let done = pull(id);
            assert_eq!(done.status.code(), Some(4), "{id}: {}", said(&done));
            let text = said(&done);
            assert!(text.contains(reason) && text.contains(&bare) || id == "endless", "{id}: {text}");
            assert!(text.contains(reason) && !text.contains("geheim"), "{id}: {text}");
        }
        let rows = all(&mut FileStore::new(dir.path().join(".aipp/history.jsonl"), "h"), Wanted::All);
        let times: Vec<String> = rows
            .values()
            .filter_map(|row| match row {
                Row::Sample(sample) if sample.metric == "times" => Some(format!("{} {}", sample.at, sample.value)),
                _ => None,
            })
            .collect();
        assert_eq!(rows.len(), 4, "nothing of the others");
        assert!(
            times.contains(&"2026-06-08T08:00:00Z 11.5".to_owned())
                && times.contains(&"2026-06-22T08:00:00.5Z 10".to_owned()),
            "{times:?}"
        );
        assert_eq!(admin.query_one("SELECT count(*) FROM weekly", &[]).unwrap().get::<_, i64>(0), 3);
    }
}
