"""Import of lists, 清单导入: from an upload over its preview to rows of whatever kind of thing brings the columns."""
