//! Any bytes as a team's checklist: rules compile, or are refused with a reason; never a crash, never a long wait.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = aipp::checklist::load("org-checks.yaml", bytes.to_vec());
});
