"""The shards of a plan on Spark: each partition is piped through one worker, which loads the model once.

    nearlabel jobs plan s3://photos --out s3://bucket/run        # says how many shards there are
    spark-submit spark.py s3://bucket/run 10000 200              # plan, shards, partitions
"""

import json
import os
import sys

from pyspark.sql import SparkSession

plan, shards, partitions = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
program = os.environ.get("NEARLABEL", "nearlabel")
spark = SparkSession.builder.appName("nearlabel").getOrCreate()

# Spark tries a partition again where its worker ends with anything but 0; shards that are done are passed over then.
states = dict(
    spark.sparkContext.parallelize(range(shards), partitions)
    .pipe(f"{program} jobs work --plan {plan} --stdin --threads 1", checkCode=True)
    .map(json.loads)
    .filter(lambda line: "shard" in line)
    .map(lambda line: (line["state"], 1))
    .reduceByKey(lambda a, b: a + b)
    .collect()
)
print(json.dumps(states))
spark.stop()
# What is left may go well another time: the same command does that, and nothing else.
sys.exit(1 if "retry" in states else 0)
