//! Logs and metrics. Logs carry request ids, codes and durations; never bodies, names, phones or
//! tokens.

use std::sync::OnceLock;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// Begins logging; `LINLI_LOG` filters, such as `debug` or `linli=debug,sqlx=warn`.
pub fn log(json: bool) {
    let filter = EnvFilter::try_from_env("LINLI_LOG")
        .unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,sea_orm_migration=warn"));
    let registry = tracing_subscriber::registry().with(filter);
    // A second call (tests) changes nothing.
    let _ = if json {
        registry
            .with(fmt::layer().json().with_span_list(false).with_writer(std::io::stderr))
            .try_init()
    } else {
        registry.with(fmt::layer().with_writer(std::io::stderr)).try_init()
    };
}

/// The recorder of this process's metrics.
pub fn metrics() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        PrometheusBuilder::new()
            .set_buckets(&[0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0])
            .and_then(PrometheusBuilder::install_recorder)
            .unwrap_or_else(|_| PrometheusBuilder::new().build_recorder().handle())
    })
}
