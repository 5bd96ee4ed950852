//! The same data enters aipp and an independent implementation (`scipy.stats.theilslopes`); the same line and interval leave.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

mod workshop;

use std::process::{Command, Stdio};

use aipp::series::trend::{Z80, theil_sen};
use serde_json::{Value, json};
use workshop::tool;

/// The quantile of 95 %.
const Z95: f64 = 1.959_963_984_540_054;

const PROGRAM: &str = "
import json, sys
from scipy.stats import theilslopes
for line in sys.stdin:
    case = json.loads(line)
    out = [list(map(float, theilslopes(case['y'], case['x'], alpha=alpha)[:4])) for alpha in (0.8, 0.95)]
    print(json.dumps([[None if n != n else n for n in four] for four in out]))
";

/// Courses of every kind: short and long, with ties in time and value, with gaps and outliers. The same ones on every machine.
fn courses() -> Vec<(Vec<f64>, Vec<f64>)> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut courses = vec![
        (vec![-4.0, -3.0, -2.0, -1.0, 0.0], vec![8.0, 7.0, 6.0, 5.0, 4.0]),
        (vec![0.0, 7.0, 14.0], vec![3.0, 1.0, 2.0]),
        (vec![0.0, 1.0], vec![3.0, 1.0]),
        (vec![0.0, 0.0, 1.0, 1.0, 2.0], vec![5.0, 5.0, 5.0, 5.0, 5.0]),
    ];
    for n in 3..160 {
        let (tied, slope, noise) = (n % 3 == 0, next() * 4.0 - 2.0, next() * 5.0);
        let mut x: Vec<f64> = (0..n).map(|i| f64::from(i) * 3.5 + next()).collect();
        let mut y: Vec<f64> = x.iter().map(|x| slope * x + noise * (next() - 0.5)).collect();
        if tied {
            x.iter_mut().for_each(|x| *x = (*x / 5.0).round());
            y.iter_mut().for_each(|y| *y = y.round());
        }
        if n % 4 == 0 {
            y[n as usize / 2] = 1e4;
        }
        courses.push((x, y));
    }
    courses
}

#[test]
fn the_line_is_that_of_scipy() {
    let Some(python) = tool("python") else { return };
    let courses = courses();
    let input: String = courses.iter().map(|(x, y)| format!("{}\n", json!({"x": x, "y": y}))).collect();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), input).unwrap();
    let done = Command::new(python)
        .args(["-W", "ignore", "-c", PROGRAM])
        .stdin(Stdio::from(std::fs::File::open(file.path()).unwrap()))
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let answers: Vec<Value> =
        String::from_utf8(done.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), courses.len());
    for ((x, y), answer) in courses.iter().zip(&answers) {
        let points: Vec<(f64, f64)> = x.iter().copied().zip(y.iter().copied()).collect();
        for (z, theirs) in [Z80, Z95].into_iter().zip(answer.as_array().unwrap()) {
            let ours = theil_sen(&points, z).unwrap();
            let ours = [ours.slope, ours.intercept, ours.low, ours.high];
            // Where all values are tied, scipy takes the root of a negative variance; then only the line can be compared.
            let theirs: Vec<Option<f64>> = theirs.as_array().unwrap().iter().map(Value::as_f64).collect();
            assert!(theirs[..2].iter().all(Option::is_some));
            for (a, b) in ours.iter().zip(&theirs).filter_map(|(a, b)| Some((a, (*b)?))) {
                assert!((a - b).abs() <= 1e-9 * (1.0 + b.abs()), "{ours:?} is not {theirs:?} for {points:?}");
            }
        }
    }
}
