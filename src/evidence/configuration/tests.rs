//! Configuration as teams write it, right and wrong.
