"""Processes, batches, the gateway and stores."""

from grafana.panels import Panel
from grafana.queries import RATE, WHO, each, quantiles

ANSWERED = "playhead_gateway_request_seconds"
WITHOUT_STREAMS = '{route!~".*/stream"}'

WORKERS = {
    "Processes": [
        Panel(
            "Processor",
            "Cores in use, by worker: 1 is all that a worker can use for its own work.",
            "none",
            [(f"rate(process_cpu_seconds_total[{RATE}]) {WHO}", "{{worker}} ({{role}})")],
            (0.7, 0.9),
        ),
        Panel(
            "Memory",
            "Resident bytes, by worker.",
            "bytes",
            [(f"process_resident_memory_bytes {WHO}", "{{worker}} ({{role}})")],
            (2e9, 4e9),
        ),
        Panel(
            "Up for",
            "Since the start of the process.",
            "s",
            [(f"(time() - process_start_time_seconds) {WHO}", "{{worker}} ({{role}})")],
            (60, 600),
            falling=True,
        ),
        Panel(
            "Open files",
            "Sockets and files of stores, by worker.",
            "short",
            [(f"process_open_fds {WHO}", "{{worker}} ({{role}})")],
            (512, 1_000),
        ),
    ],
    "Batches": [
        Panel(
            "Where the time goes",
            "Seconds spent each second, by stage.",
            "s",
            each("playhead_stage_seconds_sum", "role", "stage"),
            (0.7, 0.9),
            stacked=True,
        ),
        Panel(
            "Stages, p99",
            "Longest times of a batch in a stage.",
            "s",
            quantiles("playhead_stage_seconds", "role, stage", 0.99),
            (0.3, 1),
        ),
        Panel(
            "Batches",
            "Records in a batch: few when idle, a thousand when catching up.",
            "short",
            quantiles("playhead_batch_records", "role", 0.5, 0.99),
            (500, 1_000),
        ),
        Panel(
            "Held back",
            "Records after the first one of a producer's open transaction, by partition: they can't be read until it ends.",
            "short",
            [
                (
                    "sum by (topic, partition) (playhead_held_back_records)",
                    "{{topic}} {{partition}}",
                )
            ],
            (1_000, 10_000),
        ),
        Panel(
            "Held back for",
            "How long the same open transaction has held a partition back.",
            "s",
            [("max by (topic, partition) (playhead_held_back_seconds)", "{{topic}} {{partition}}")],
            (10, 30),
        ),
        Panel(
            "Followed",
            "Records of titles and models applied each second.",
            "ops",
            each("playhead_followed_total", "topic"),
            (20_000, 50_000),
        ),
    ],
    "Gateway": [
        Panel(
            "Requests",
            "Answered each second, by route and status; streams count when they end.",
            "reqps",
            each(f"{ANSWERED}_count", "route", "status"),
            (1_000, 2_500),
            stacked=True,
        ),
        Panel(
            "Time to answer, p99",
            "By route, without streams. A ranking is to be read within 5 ms.",
            "s",
            [
                (
                    f"histogram_quantile(0.99, sum by (le, route) (rate({ANSWERED}_bucket{WITHOUT_STREAMS}[{RATE}])))",
                    "{{route}}",
                )
            ],
            (0.005, 0.5),
        ),
        Panel(
            "Events from clients",
            "Accepted ones are on Kafka; rejected ones are invalid; refused and undelivered ones must be sent again.",
            "ops",
            each("playhead_gateway_events_total", "result"),
            (15_000, 30_000),
            stacked=True,
        ),
        Panel(
            "Streams",
            "Clients that receive each new ranking, or the audience's statistics. At most two thousand per gateway.",
            "short",
            [("sum by (stream) (playhead_gateway_streams)", "{{stream}}")],
            (1_500, 2_000),
        ),
        Panel(
            "Connections",
            "Connected clients. At most three thousand per gateway, half of them of one address.",
            "short",
            [("sum(playhead_gateway_connections)", "open")],
            (1_500, 3_000),
        ),
        Panel(
            "Slow or too many",
            "Connections and streams that were refused, and slow clients that were disconnected: normally none.",
            "ops",
            [
                (
                    f"sum by (what, bound) (rate(playhead_gateway_refused_total[{RATE}]))",
                    "{{what}} refused: {{bound}}",
                ),
                (f"sum by (what) (rate(playhead_gateway_slow_total[{RATE}]))", "slow: {{what}}"),
            ],
            (1, 10),
        ),
    ],
    "Stores": [
        Panel(
            "Bytes",
            "Of all stores: files on disk, and writes in memory that are not on disk yet.",
            "bytes",
            [("sum by (kind) (playhead_store_bytes)", "{{kind}}")],
            (50e9, 100e9),
        ),
        Panel(
            "Profiles",
            "As RocksDB estimates, by partition.",
            "short",
            [("sum by (partition) (playhead_store_records)", "{{partition}}")],
            (5e6, 10e6),
            stacked=True,
        ),
        Panel(
            "Reads",
            "Where stores find their data: records among their newest writes, blocks in the cache, blocks on disk.",
            "ops",
            each("playhead_store_reads_total", "found"),
            (50_000, 100_000),
            stacked=True,
        ),
        Panel(
            "Recovery",
            "Changelog records that a store still lacks, by partition: 0 but for the first seconds of a worker.",
            "short",
            [("sum by (partition) (playhead_recovery_remaining_records)", "{{partition}}")],
            (1, 1_000_000),
        ),
    ],
}
