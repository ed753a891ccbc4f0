"""Nightly jobs, and a large load in shards, for Airflow 2.4 and later.

The worker has chatterload on its PATH, and a disk of its own for /srv/feedback: the ledger is refused on a network share.
"""

from datetime import datetime, timedelta

from airflow import DAG
from airflow.operators.bash import BashOperator

SHARDS = 4

with DAG(
    dag_id="chatterload_nightly",
    schedule="15 2 * * *",
    start_date=datetime(2026, 11, 1),
    catchup=False,
    max_active_runs=1,
):
    BashOperator(
        task_id="run",
        # Exit 1: finished, and some rows have a failures file; 2: wrong use. No retry mends these, chatterload has told
        # whoever is to be told, and 99 marks the task as skipped rather than failed.
        bash_command="chatterload run --json --wait 30m || { code=$?; [ $code -eq 1 ] && exit 99; exit $code; }",
        skip_on_exit_code=99,
        cwd="/srv/feedback",
        append_env=True,
        env={"CHATTERMILL_API_KEY": "{{ conn.chattermill.password }}"},
        # 4 and 5: the API did not answer, or stopped answering. The same command goes on.
        retries=2,
        retry_delay=timedelta(minutes=20),
    )

with DAG(
    dag_id="chatterload_backfill",
    schedule=None,
    start_date=datetime(2026, 11, 1),
    max_active_runs=1,
):
    BashOperator.partial(
        task_id="shard",
        bash_command=(
            "chatterload import exports/backfill.csv -m nps.toml -p acme --json --rate 40/s"
            f" --shard $SHARD/{SHARDS} --ledger state/ledger-$SHARD.sqlite"
            " --failures failures/backfill-$SHARD.failures.csv"
        ),
        cwd="/srv/feedback",
        append_env=True,
        retries=5,
        retry_delay=timedelta(minutes=5),
    ).expand(
        env=[
            {"SHARD": str(shard), "CHATTERMILL_API_KEY": "{{ conn.chattermill.password }}"}
            for shard in range(SHARDS)
        ]
    )
