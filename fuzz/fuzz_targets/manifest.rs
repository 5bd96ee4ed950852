//! Any bytes as a manifest in each of the three formats: an answer or errors with places, never a crash.
#![no_main]

use aipp::diagnostic::Look;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for name in ["aipp.yaml", "aipp.toml", "aipp.json"] {
        let (_, errors) = aipp::manifest::read(name, bytes.to_vec());
        for error in errors {
            // Control characters of the input never reach a terminal.
            let shown = error.render(Look::PLAIN);
            assert!(!shown.contains(['\u{1b}', '\u{7}', '\r']), "{shown:?}");
        }
    }
});
