// The report of a run, from its records and samples to text. Pure: no clock, no files, nothing but what was recorded.
export { reportHtml } from './html/report-html.ts'
export { reportMarkdown } from './markdown/report-markdown.ts'
