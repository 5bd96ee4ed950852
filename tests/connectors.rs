//! `aipp metrics pull` against servers: honest ones, and those that are down, slow, huge, redirecting or talk nonsense. Whatever happens,
//! a metric has all its values or none.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

mod workshop;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use workshop::tool;

/// A server of one answer for every question; it remembers what it was asked.
struct Server {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn new(answer: impl Fn(&str, &mut TcpStream) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let question = question(&mut stream);
                log.lock().unwrap().push(question.clone());
                answer(&question, &mut stream);
            }
        });
        Self { port, asked }
    }

    /// Answers everything with one body.
    fn says(status: &str, headers: &str, body: impl Into<Vec<u8>>) -> Self {
        let (head, body) = (format!("HTTP/1.1 {status}\r\n{headers}Connection: close\r\n"), body.into());
        Self::new(move |_, stream| send(stream, &head, &body))
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn send(stream: &mut TcpStream, head: &str, body: &[u8]) {
    // The client may hang up when it has seen enough.
    let _ = write!(stream, "{head}Content-Length: {}\r\n\r\n", body.len());
    let _ = stream.write_all(body);
}

/// Head and body of a question.
fn question(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let lower = head.to_lowercase();
            let length = lower.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return text;
            }
        }
        match stream.read(&mut part) {
            Ok(0) | Err(_) => return text,
            Ok(n) => bytes.extend_from_slice(&part[..n]),
        }
    }
}

/// A project whose metrics have these sources, one a line: `id: source`.
fn project(sources: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let metrics: String = sources
        .iter()
        .map(|(id, source)| {
            format!("  - {{ id: {id}, baseline: 12 min, target: 2 min, deadline: 2026-12-31, source: {source} }}\n")
        })
        .collect();
    let text = format!("aipp: 1\npilot: {{ start: 2026-06-01, end: 2026-07-24 }}\nmetrics:\n{metrics}");
    fs::write(dir.path().join("aipp.yaml"), text).unwrap();
    dir
}

const CLEARED: &[&str] = &[
    "AIPP_STORE",
    "AIPP_OFFLINE",
    "AIPP_PROMETHEUS_URL",
    "AIPP_PROMETHEUS_TOKEN",
    "AIPP_PROMETHEUS_USER",
    "AIPP_PROMETHEUS_PASSWORD",
    "MLFLOW_TRACKING_URI",
    "MLFLOW_TRACKING_TOKEN",
    "AIPP_SQL_URL",
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
];

fn pull(dir: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aipp"));
    CLEARED.iter().for_each(|name| {
        command.env_remove(name);
    });
    command
        .current_dir(dir)
        .env("AIPP_BY", "test")
        .env("AIPP_TODAY", "2026-07-01")
        .args(["metrics", "pull"])
        .args(arguments);
    command.envs(environment.iter().copied()).output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn values(dir: &Path) -> Vec<f64> {
    let text = fs::read_to_string(dir.join(".aipp/history.jsonl")).unwrap_or_default();
    text.lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["value"].as_f64().unwrap())
        .collect()
}

/// 2026-06-01T00:00:00Z.
const START: i64 = 1_780_272_000;

fn matrix(values: &[(i64, &str)]) -> String {
    let values: Vec<String> =
        values.iter().map(|(day, value)| format!("[{}, \"{value}\"]", START + day * 86_400)).collect();
    format!(
        r#"{{"status":"success","data":{{"resultType":"matrix","result":[{{"metric":{{}},"values":[{}]}}]}}}}"#,
        values.join(",")
    )
}

#[test]
fn a_series_is_taken_once_in_the_unit_of_the_metric() {
    let server = Server::says("200 OK", "", matrix(&[(0, "720"), (1, "NaN"), (2, "600.6")]));
    let dir = project(&[(
        "m",
        &format!("{{ prometheus: '{}', query: 'avg(x{{a=\"b c\"}})', step: 1d, unit: s }}", server.url()),
    )]);
    let first = pull(dir.path(), &[], &[]);
    assert!(first.status.success() && said(&first).contains("2 values of 1 metric recorded"), "{}", said(&first));
    assert_eq!(values(dir.path()), [12.0, 10.01]);
    let again = pull(dir.path(), &["m"], &[]);
    assert!(
        said(&again).contains("0 values of 1 metric recorded in .aipp/history.jsonl, 2 were there already"),
        "{}",
        said(&again)
    );
    assert_eq!(values(dir.path()).len(), 2);
    let asked = server.asked().remove(0);
    assert!(asked.starts_with("GET /api/v1/query_range?query=avg"), "{asked}");
    assert!(asked.contains(&format!("start={START}&end={}&step=86400", START + 30 * 86_400)), "{asked}");
    assert!(!asked.to_lowercase().contains("authorization"), "{asked}");
}

#[test]
fn whatever_is_wrong_with_a_server_nothing_of_it_is_recorded() {
    let elsewhere = Server::says("200 OK", "", matrix(&[(0, "1")]));
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let huge = format!("{}{}", matrix(&[(0, "1")]), " ".repeat(33 << 20));
    let redirect = format!("Location: {}/api/v1/query_range\r\n", elsewhere.url());
    let two =
        r#"{"status":"success","data":{"resultType":"matrix","result":[{"values":[[1780272000,"1"]]},{"values":[]}]}}"#;
    let servers = [
        (Server::says("200 OK", "", "<html>login</html>"), "no JSON"),
        (Server::says("200 OK", "", ""), "no JSON"),
        (Server::says("200 OK", "", "[]"), "not that of a Prometheus"),
        (
            Server::says("200 OK", "", r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#),
            "range query",
        ),
        (Server::says("200 OK", "", r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#), "no series"),
        (Server::says("200 OK", "", two), "2 series"),
        (Server::says("200 OK", "", matrix(&[(0, "1"), (1, "+Inf")])), "no number"),
        (Server::says("200 OK", "", matrix(&[(0, "1"), (1, "eleven")])), "no number"),
        (Server::says("200 OK", "", matrix(&[(0, "1"), (400, "2")])), "outside the time"),
        (Server::says("200 OK", "", huge), "more than 32 MiB"),
        (Server::says("302 Found", &redirect, ""), "redirects"),
        (Server::says("307 Temporary Redirect", &redirect, ""), "redirects"),
        (Server::says("503 Service Unavailable", "", r#"{"status":"error","error":"try \u001b[31mlater"}"#), "503"),
        (
            Server::new(|_, stream| {
                drop(stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"status\":"))
            }),
            "127.0.0.1",
        ),
        (Server::new(|_, stream| drop(stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n"))), "127.0.0.1"),
        // One says nothing, one says a little now and then, without an end.
        (Server::new(|_, stream| drop(stream.read(&mut [0; 1]))), "timeout"),
        (
            Server::new(|_, stream| {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n");
                while stream.write_all(b" ").is_ok() {
                    std::thread::sleep(Duration::from_millis(50));
                }
            }),
            "timeout",
        ),
        (Server { port: closed, asked: Arc::default() }, "127.0.0.1"),
    ];
    let good = Server::says("200 OK", "", matrix(&[(0, "7")]));
    for (server, reason) in &servers {
        let bad = format!("{{ prometheus: '{}', query: x }}", server.url());
        let dir = project(&[("bad", &bad), ("good", &format!("{{ prometheus: '{}', query: x }}", good.url()))]);
        let done = pull(dir.path(), &["--timeout", if *reason == "timeout" { "2" } else { "60" }], &[]);
        let text = said(&done);
        assert_eq!(done.status.code(), Some(4), "{reason}: {text}");
        assert!(text.contains("`bad` is unknown") && text.contains(reason), "{reason}: {text}");
        assert!(!text.contains('\u{1b}'), "{text}");
        assert_eq!(values(dir.path()), [7.0], "{reason}: the other metric is there, and nothing of this one");
    }
    assert!(elsewhere.asked().is_empty(), "a redirect is not followed");
}

#[test]
fn credentials_go_to_the_address_that_they_are_for_and_nowhere_else() {
    let own = Server::says("200 OK", "", matrix(&[(0, "7")]));
    let other = Server::says("200 OK", "", matrix(&[(0, "8")]));
    let url = own.url();
    let token = [("AIPP_PROMETHEUS_URL", url.as_str()), ("AIPP_PROMETHEUS_TOKEN", "geheim")];
    let basic = [
        ("AIPP_PROMETHEUS_URL", url.as_str()),
        ("AIPP_PROMETHEUS_USER", "ada"),
        ("AIPP_PROMETHEUS_PASSWORD", "geheim"),
    ];
    let dir = project(&[
        ("env", "{ prometheus: env, query: x }"),
        ("named", &format!("{{ prometheus: '{url}', query: x }}")),
        ("other", &format!("{{ prometheus: '{}', query: x }}", other.url())),
    ]);
    for (environment, header) in [(&token[..], "bearer geheim"), (&basic[..], "basic ywrhomdlagvpbq==")] {
        let done = pull(dir.path(), &[], environment);
        assert!(done.status.success() && !said(&done).contains("geheim"), "{}", said(&done));
        let asked = own.asked();
        assert!(asked[asked.len() - 2..].iter().all(|asked| asked.to_lowercase().contains(header)), "{asked:?}");
    }
    assert!(other.asked().iter().all(|asked| !asked.to_lowercase().contains("authorization")), "{:?}", other.asked());
    assert_eq!(other.asked().len(), 2);

    // In clear over a network they are not sent at all, and an address does not carry them.
    let clear = [("AIPP_PROMETHEUS_URL", "http://prometheus.invalid"), ("AIPP_PROMETHEUS_TOKEN", "geheim")];
    let done = pull(dir.path(), &["env"], &clear);
    assert!(said(&done).contains("without TLS"), "{}", said(&done));
    let dir = project(&[("m", "{ prometheus: 'http://ada:geheim@127.0.0.1:1', query: x }")]);
    let done = pull(dir.path(), &[], &[]);
    assert!(said(&done).contains("holds a user or password"), "{}", said(&done));
}

#[test]
fn a_proxy_of_the_environment_is_used() {
    let proxy = Server::says("200 OK", "", matrix(&[(0, "7")]));
    let dir = project(&[("m", "{ prometheus: 'http://prometheus.invalid:9090', query: x }")]);
    let url = proxy.url();
    let done = pull(
        dir.path(),
        &[],
        &[("HTTP_PROXY", url.as_str()), ("http_proxy", url.as_str()), ("ALL_PROXY", url.as_str())],
    );
    // Plain questions go through the proxy either way: as a whole address, or through a tunnel.
    let asked = proxy.asked();
    assert!(asked.first().is_some_and(|asked| asked.contains("prometheus.invalid:9090")), "{asked:?} {}", said(&done));
}

#[test]
fn offline_and_without_a_source_nothing_is_asked() {
    let server = Server::says("200 OK", "", matrix(&[(0, "7")]));
    let dir = project(&[
        ("m", &format!("{{ prometheus: '{}', query: x }}", server.url())),
        ("s", "{ sql: 'SELECT 1, 2' }"),
        ("f", "weekly.csv"),
    ]);
    fs::write(dir.path().join("weekly.csv"), "day,minutes,value\n2026-06-01,x,11\n2026-06-08,x,10 min\n").unwrap();
    let refused = pull(dir.path(), &["--offline"], &[]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(said(&refused).contains("`m`, `s` is reached over the network"), "{}", said(&refused));
    let unknown = pull(dir.path(), &["nothing"], &[]);
    assert_eq!(unknown.status.code(), Some(2));
    let file = pull(dir.path(), &["f", "--offline"], &[]);
    assert!(file.status.success(), "{}", said(&file));
    assert_eq!(values(dir.path()), [11.0, 10.0]);
    let sql = pull(dir.path(), &["s"], &[]);
    assert!(said(&sql).contains("AIPP_SQL_URL"), "{}", said(&sql));
    // Looking at what is there asks nobody.
    for arguments in [&["metrics", "status"][..], &["assess"], &["gate"]] {
        Command::new(env!("CARGO_BIN_EXE_aipp")).current_dir(dir.path()).args(arguments).output().unwrap();
    }
    assert!(server.asked().is_empty());
}

#[test]
fn a_file_stays_in_the_repository_and_is_taken_whole_or_not_at_all() {
    let dir = project(&[
        ("out", "../secret.csv"),
        ("absolute", "/etc/hostname"),
        ("gone", "gone.csv"),
        ("broken", "broken.csv"),
        ("mapped", "{ file: data/m.json, map: { at: day, value: run.seconds }, unit: s }"),
    ]);
    fs::create_dir(dir.path().join("data")).unwrap();
    fs::write(dir.path().join("broken.csv"), "at,value\n2026-06-01,11\n2026-06-02,eleven\n").unwrap();
    fs::write(dir.path().join("data/m.json"), r#"[{"day":"2026-06-01","run":{"seconds":600}}]"#).unwrap();
    let done = pull(dir.path(), &[], &[]);
    let text = said(&done);
    assert_eq!(done.status.code(), Some(4), "{text}");
    for reason in
        ["`../secret.csv` leads out", "`/etc/hostname` leads out", "no file `gone.csv`", "`broken.csv`: line 3"]
    {
        assert!(text.contains(reason), "{reason}: {text}");
    }
    assert_eq!(values(dir.path()), [10.0]);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("/etc/hostname", dir.path().join("gone.csv")).unwrap();
        assert!(said(&pull(dir.path(), &["gone"], &[])).contains("leads out"));
    }
}

const RUN: &str = r#"{"info":{"status":"FINISHED"},"data":{"metrics":[{"key":"other","value":1,"timestamp":1,"step":0},{"key":"minutes","value":VALUE,"timestamp":AT,"step":3}]}}"#;

fn run(value: &str, day: i64) -> String {
    RUN.replace("VALUE", value).replace("AT", &format!("{}", (START + day * 86_400) * 1000))
}

fn mlflow(first: String, second: String) -> Server {
    Server::new(move |asked, stream| {
        let body = match asked {
            asked if asked.contains("get-by-name?experiment_name=weekly") => {
                r#"{"experiment":{"experiment_id":"7"}}"#.to_owned()
            }
            asked if asked.contains("\"page_token\":\"p2\"") => format!(r#"{{"runs":[{second}]}}"#),
            asked if asked.contains("runs/search") => format!(r#"{{"runs":[{first}],"next_page_token":"p2"}}"#),
            _ => "{}".to_owned(),
        };
        send(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n", body.as_bytes());
    })
}

#[test]
fn the_runs_of_an_experiment_are_taken_page_by_page_or_not_at_all() {
    let server = mlflow(format!("{},{}", run("11", 0), run("10.5", 7)), run("9", 14));
    let source = |url: &str| format!("{{ mlflow: '{url}', experiment: weekly, metric: minutes }}");
    let dir = project(&[("m", &source(&server.url()))]);
    let done = pull(dir.path(), &[], &[]);
    assert!(done.status.success(), "{}", said(&done));
    assert_eq!(values(dir.path()), [11.0, 10.5, 9.0]);
    assert!(said(&pull(dir.path(), &[], &[])).contains("3 were there already"));
    let asked = server.asked();
    assert!(asked[1].contains("\"experiment_ids\":[\"7\"]") && asked[1].contains("FINISHED"), "{}", asked[1]);

    for (second, reason) in
        [(run("\"NaN\"", 14), "no number"), ("7".to_owned(), "not that of an MLflow"), (run("1", 90), "future")]
    {
        let server = mlflow(run("11", 0), second);
        let dir = project(&[("m", &source(&server.url()))]);
        let done = pull(dir.path(), &[], &[]);
        assert!(done.status.code() == Some(4) && said(&done).contains(reason), "{reason}: {}", said(&done));
        assert!(values(dir.path()).is_empty(), "nothing of the first page either");
    }
}

#[test]
fn a_real_prometheus_is_asked() {
    let (Some(prometheus), Some(promtool)) = (tool("prometheus"), tool("promtool")) else { return };
    let dir = tempfile::tempdir().unwrap();
    let samples: String = (0..30)
        .map(|day| format!("handling_seconds{{desk=\"a\"}} {} {}\n", 720 - day * 10, START + day * 86_400 - 60))
        .collect();
    fs::write(dir.path().join("samples"), format!("# TYPE handling_seconds gauge\n{samples}# EOF\n")).unwrap();
    let data = dir.path().join("data");
    let made = Command::new(promtool)
        .args(["tsdb", "create-blocks-from", "openmetrics"])
        .arg(dir.path().join("samples"))
        .arg(&data)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", said(&made));
    fs::write(dir.path().join("prometheus.yml"), "global: {}\n").unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut server = Command::new(prometheus)
        .arg(format!("--config.file={}", dir.path().join("prometheus.yml").display()))
        .arg(format!("--storage.tsdb.path={}", data.display()))
        .arg("--storage.tsdb.retention.time=100y")
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .current_dir(dir.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let source =
        format!("{{ prometheus: 'http://127.0.0.1:{port}', query: 'avg(handling_seconds)', step: 1d, unit: s }}");
    let broken = format!("{{ prometheus: 'http://127.0.0.1:{port}', query: 'avg(', step: 1d }}");
    let project = project(&[("m", &source), ("broken", &broken)]);
    let mut done = pull(project.path(), &["m"], &[]);
    for _ in 0..300 {
        if done.status.success() {
            break;
        }
        std::thread::sleep(Duration::from_millis(200));
        done = pull(project.path(), &["m"], &[]);
    }
    let again = pull(project.path(), &["m"], &[]);
    let wrong = pull(project.path(), &["broken"], &[]);
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(said(&done).contains("30 values of 1 metric recorded"), "{}", said(&done));
    let expected: Vec<f64> = (0..30).map(|day| f64::from(720 - day * 10) / 60.0).collect();
    assert_eq!(values(project.path()), expected);
    assert!(said(&again).contains("0 values"), "{}", said(&again));
    assert!(said(&wrong).contains("400 Bad Request: ") && said(&wrong).contains("parse error"), "{}", said(&wrong));
    let down = pull(project.path(), &["m"], &[]);
    assert_eq!(down.status.code(), Some(4), "{}", said(&down));
}

#[test]
fn a_real_mlflow_is_asked() {
    // `mlflow` alone is the client; the server needs flask beside it.
    let (Some(_), Some(mlflow)) = (tool("flask"), tool("mlflow")) else { return };
    let dir = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut server = Command::new(mlflow)
        .args(["server", "--host", "127.0.0.1", "--workers", "1", "--port", &port.to_string()])
        .arg("--backend-store-uri")
        .arg(format!("sqlite:///{}", dir.path().join("mlflow.db").display()))
        .env_remove("MLFLOW_TRACKING_URI")
        .current_dir(dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let base = format!("http://127.0.0.1:{port}/api/2.0/mlflow");
    let post = |path: &str, body: serde_json::Value| -> Option<serde_json::Value> {
        let mut answer = ureq::post(format!("{base}/{path}")).send_json(body).ok()?;
        answer.body_mut().read_json().ok()
    };
    let mut experiment = None;
    for _ in 0..600 {
        experiment = post("experiments/create", serde_json::json!({ "name": "weekly" }));
        if experiment.is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    let logged = experiment.is_some_and(|experiment| {
        [(11.0, 0, "FINISHED"), (10.25, 7, "FINISHED"), (1.0, 14, "FAILED")].iter().all(|(value, day, status)| {
            let at = (START + day * 86_400) * 1000;
            let run = post(
                "runs/create",
                serde_json::json!({ "experiment_id": experiment["experiment_id"], "start_time": at }),
            );
            let Some(id) = run.map(|run| run["run"]["info"]["run_id"].clone()) else { return false };
            let metric =
                serde_json::json!({ "run_id": id, "key": "minutes", "value": value, "timestamp": at, "step": 1 });
            let done = serde_json::json!({ "run_id": id, "status": status, "end_time": at });
            post("runs/log-metric", metric).is_some() && post("runs/update", done).is_some()
        })
    });
    let url = format!("http://127.0.0.1:{port}");
    let project = project(&[
        ("m", "{ mlflow: env, experiment: weekly, metric: minutes }"),
        ("gone", "{ mlflow: env, experiment: monthly, metric: minutes }"),
    ]);
    let environment = [("MLFLOW_TRACKING_URI", url.as_str())];
    let done = pull(project.path(), &["m"], &environment);
    let gone = pull(project.path(), &["gone"], &environment);
    let asked_to_stop = Command::new("kill").arg(server.id().to_string()).status().unwrap();
    server.wait().unwrap();
    assert!(logged && asked_to_stop.success(), "the runs were not written");
    assert!(said(&done).contains("2 values of 1 metric recorded"), "{}", said(&done));
    assert_eq!(values(project.path()), [11.0, 10.25]);
    assert!(said(&gone).contains("404") && said(&gone).contains("monthly"), "{}", said(&gone));
}
