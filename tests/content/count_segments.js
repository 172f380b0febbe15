// Twilio's own count of every text: node count_segments.js texts.json twilio_segments.json
// Run it from a folder outside this one, where npm has installed sms-segments-calculator; see twilio_corpus.py.
const fs = require("fs");
const { SegmentedMessage } = require(require.resolve("sms-segments-calculator", { paths: [process.cwd()] }));

const answers = JSON.parse(fs.readFileSync(process.argv[2], "utf8")).map((text) => {
  const message = new SegmentedMessage(text);
  const encoding = message.getEncodingName();
  const units = message.messageSize / (encoding === "GSM-7" ? 7 : 16);
  return JSON.stringify({ text, encoding, segments: message.segmentsCount, units });
});
fs.writeFileSync(process.argv[3], "[\n" + answers.join(",\n") + "\n]\n");
