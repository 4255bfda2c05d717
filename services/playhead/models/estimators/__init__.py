"""Our learners as River estimators: for a notebook, River's pipelines, its metrics and its evaluation."""
