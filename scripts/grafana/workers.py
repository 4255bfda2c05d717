"""What each process does, and what it keeps."""

from grafana.panels import Panel
from grafana.queries import RATE, WHO, each, quantiles

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
            "Followed",
            "Records of titles and models applied each second.",
            "ops",
            each("playhead_followed_total", "topic"),
            (20_000, 50_000),
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
            "Where stores find what they want: records among their newest writes, blocks in the cache, blocks on disk.",
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
