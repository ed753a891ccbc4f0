# Survey answers, the same each time: awk -v rows=1000 [-v after=0] -f rows.awk
BEGIN {
  count = split("delivery was late and nobody told me|quick friendly and cheap|the box was damaged but support helped|I would buy again|app keeps crashing at checkout|prices went up again this year", said, "|")
  split("GB DE FR", country, " ")
  print "Response ID,Submitted,NPS,Comment,Email,Country,Plan,Basket"
  for (i = after + 1; i <= after + rows; i++)
    printf "r-%08d,2026-%02d-%02dT%02d:%02d:%02dZ,%d,\"%s, %s; visit %d\",user%d@example.com,%s,%s,%d.%02d\n",
      i, 1 + i % 12, 1 + i % 28, i % 24, i % 60, (i * 7) % 60, i % 11,
      said[1 + i % count], said[1 + int(i / count) % count], i, i % 50000, country[1 + i % 3], i % 2 ? "pro" : "free", i % 300, i % 100
}
