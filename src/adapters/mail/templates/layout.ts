/**
 * The look of every mail, in mjml; the placeholders are those of the letter. Restrained: system fonts, no images, nothing
 * that is fetched. What is conditional stands in `mj-raw`, as mjml drops text between its own elements.
 */
export const layoutMjml = `<mjml lang="{{language}}" dir="auto">
  <mj-head>
    <mj-title>{{subject}}</mj-title>
    <mj-raw>
      <meta name="color-scheme" content="light dark">
      <meta name="supported-color-schemes" content="light dark">
    </mj-raw>
    <mj-attributes>
      <mj-all font-family="-apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif" />
      <mj-section padding="0" />
      <mj-text padding="0 0 16px" font-size="16px" line-height="24px" color="#1f2937" />
      <mj-table padding="0 0 24px" font-size="16px" line-height="24px" color="#1f2937" />
      <mj-button align="left" padding="0 0 24px" inner-padding="12px 28px" border-radius="6px" font-size="16px" font-weight="600" />
    </mj-attributes>
    <mj-style>
      :root { color-scheme: light dark; supported-color-schemes: light dark; }
      h1 { margin: 0; font-size: 22px; line-height: 30px; font-weight: 700; }
      td { overflow-wrap: anywhere; }
      @media (max-width: 479px) { .card > table > tbody > tr > td { padding: 24px 20px !important; } }
      @media (prefers-color-scheme: dark) {
        body, .page, .page > div { background: #111827 !important; }
        .card, .card > table { background: #1f2937 !important; }
        .card > table > tbody > tr > td { border-color: #374151 !important; }
        .words div, .words td, .words h1, .words strong { color: #e5e7eb !important; }
        .words a { color: #93c5fd !important; }
        .words .line { border-color: #374151 !important; }
        .words .detail, .foot div { color: #9ca3af !important; }
        .foot a { color: #93c5fd !important; }
        .foot div { border-color: #374151 !important; }
        .warning div { background: #43251a !important; color: #fed7aa !important; }
        .good div { background: #14321f !important; color: #bbf7d0 !important; }
        .code div { background: #111827 !important; }
        .second td, .second a { background: #1f2937 !important; color: #93c5fd !important; border-color: #4b5563 !important; }
      }
    </mj-style>
    <mj-style inline="inline">
      .warning div { padding: 12px 16px; background: #fff7ed; border-left: 4px solid #c2410c; border-radius: 4px; }
      .good div { padding: 12px 16px; background: #f0fdf4; border-left: 4px solid #15803d; border-radius: 4px; }
      .code div { padding: 8px 12px; background: #f3f4f6; border-radius: 4px; overflow-wrap: anywhere; }
      .foot div { padding-top: 16px; border-top: 1px solid #e5e7eb; }
      .words a, .foot a { color: #1d4ed8; text-decoration: underline; }
      .line { padding: 10px 0; border-top: 1px solid #e5e7eb; vertical-align: top; }
      .right, .total { padding-left: 16px; text-align: right; }
      .right { white-space: nowrap; }
      .detail { color: #6b7280; }
    </mj-style>
  </mj-head>
  <mj-body background-color="#f3f4f6" css-class="page" width="600px">
    <mj-section padding="24px 12px 0"><mj-column /></mj-section>
    <mj-section css-class="card" background-color="#ffffff" border="1px solid #e5e7eb" border-radius="8px" padding="32px">
      <mj-column>
        <mj-text css-class="words" color="#111827"><h1>{{heading}}</h1></mj-text>
        <mj-text css-class="words">{{greeting}}</mj-text>
        <mj-raw>{{#opening}}</mj-raw>
        <mj-text css-class="words">{{text}}</mj-text>
        <mj-raw>{{/opening}}{{#warning}}</mj-raw>
        <mj-text css-class="warning" font-weight="600" padding="0 0 20px">{{warning}}</mj-text>
        <mj-raw>{{/warning}}{{#good}}</mj-raw>
        <mj-text css-class="good" font-weight="600" padding="0 0 20px">{{good}}</mj-text>
        <mj-raw>{{/good}}{{#facts}}</mj-raw>
        <mj-text css-class="words" padding="0 0 4px"><span class="detail">{{label}}:</span> <strong>{{value}}</strong></mj-text>
        <mj-raw>{{/facts}}{{#lists}}</mj-raw>
        <mj-text css-class="words" padding="12px 0 4px">{{lead}}</mj-text>
        <mj-table css-class="words" padding="0 0 20px">
          {{#items}}<tr><td class="line"><strong>{{title}}</strong>{{#detail}}<br><span class="detail">{{detail}}</span>{{/detail}}</td></tr>{{/items}}
        </mj-table>
        <mj-raw>{{/lists}}{{#total}}</mj-raw>
        <mj-table css-class="words">
          {{#invoices}}<tr>
            <td class="line">{{title}}</td>
            <td class="line right">{{sum}}{{#link}}<br><a href="{{url}}">{{label}}</a>{{/link}}</td>
          </tr>{{/invoices}}
          <tr>
            <td class="line"><strong>{{totalLabel}}</strong></td>
            <td class="line total"><strong>{{total}}</strong></td>
          </tr>
        </mj-table>
        <mj-raw>{{/total}}{{#button}}</mj-raw>
        <mj-button href="{{url}}" background-color="#1d4ed8" color="#ffffff">{{label}}</mj-button>
        <mj-raw>{{/button}}{{#closing}}</mj-raw>
        <mj-text css-class="words">{{text}}</mj-text>
        <mj-raw>{{/closing}}{{#secondButton}}</mj-raw>
        <mj-button css-class="second" href="{{url}}" background-color="#ffffff" color="#1d4ed8" border="1px solid #d1d5db">{{label}}</mj-button>
        <mj-raw>{{/secondButton}}{{#commandsLead}}</mj-raw>
        <mj-text css-class="words" padding="0 0 8px">{{commandsLead}}</mj-text>
        <mj-raw>{{/commandsLead}}{{#commands}}</mj-raw>
        <mj-text css-class="words code" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14px" padding="0 0 8px">{{text}}</mj-text>
        <mj-raw>{{/commands}}{{#contact}}</mj-raw>
        <mj-text css-class="foot" padding="8px 0 0" font-size="14px" line-height="20px" color="#4b5563">{{contactBefore}}{{#contactUrl}}<a href="{{contactUrl}}">{{contact}}</a>{{/contactUrl}}{{^contactUrl}}{{contact}}{{/contactUrl}}{{contactAfter}}</mj-text>
        <mj-raw>{{/contact}}</mj-raw>
      </mj-column>
    </mj-section>
    <mj-section padding="24px 12px 0"><mj-column /></mj-section>
  </mj-body>
</mjml>`;

/** The same letter as plain text. */
export const layoutText = `{{heading}}

{{greeting}}

{{#opening}}
{{text}}

{{/opening}}
{{#announcement}}
{{announcement}}

{{/announcement}}
{{#facts}}
{{label}}: {{value}}
{{/facts}}

{{#lists}}
{{lead}}
{{#items}}
- {{title}}{{#detail}}: {{detail}}{{/detail}}
{{/items}}

{{/lists}}
{{#invoices}}
{{title}}: {{sum}}
{{#link}}
  {{label}}: {{url}}
{{/link}}
{{/invoices}}
{{#total}}
{{totalLabel}}: {{total}}
{{/total}}

{{#button}}
{{label}}: {{url}}
{{/button}}

{{#closing}}
{{text}}

{{/closing}}
{{#secondButton}}
{{label}}: {{url}}
{{/secondButton}}

{{#commandsLead}}
{{commandsLead}}
{{/commandsLead}}
{{#commands}}
  {{text}}
{{/commands}}

{{contactBefore}}{{contact}}{{contactAfter}}
`;
