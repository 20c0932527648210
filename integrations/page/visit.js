// Where the visitor came from.
const marksOf = () => {
  const found = {};
  for (const [name, value] of new URLSearchParams(location.search)) {
    if (/^utm_(source|medium|campaign|content|term)$/.test(name)) found[name] = value.slice(0, 256);
    if (/^(yclid|gclid|fbclid|vkclid)$/.test(name)) found.click_id = `${name}:${value}`.slice(0, 256);
  }
  return found;
};
const arrived = marksOf();
if (Object.keys(arrived).length || !kept("came")) {
  const referrer = document.referrer && new URL(document.referrer).host !== location.host ? document.referrer : "";
  keep("came", { ...arrived, page: location.href.slice(0, 2000), referrer: referrer.slice(0, 2000) });
}
