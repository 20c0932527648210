// The words of the demo, in the language that it was started with.
const ru = {
  about: "Слева – сайт фирмы, справа – Telegram каждого из пяти человек. Бот настоящий, Telegram – тренировочный.",
  address: "kuhni.example", site: "Сайт", you: "вы – посетитель", siteTitle: "Сайт фирмы с чатом",
  people: { customer: "клиент в Telegram", anna: "продажи", boris: "продажи", marketer: "маркетинг", manager: "руководитель" },
  seats: "Чьими глазами смотреть", try: "Что будет, если…",
  buttons: { crowd: "40 посетителей разом", morning: "Следующее утро", down: "Telegram лёг на минуту", kill: "Убить бота" },
  starting: (s) => `Бот запускается и вспоминает последние недели фирмы… ${s} с`,
  gone: (s) => `Бот не работает уже ${s} с. Его запускает заново то же, что и в жизни: присмотр за процессом.`,
  failed: "Не получилось:", lost: "Демо остановлено. Запустите его снова: make demo",
  told: {
    crowd: ({ sent = 0, arrived = 0, done, seconds, refused }, size) => (done
      ? `Все ${size} написали, и все ${size} заявок перед людьми за ${seconds} с. Ни одна не потеряна. Отказов Telegram «слишком часто»: ${refused}.`
      : `Чат на сайте, форма и Telegram разом. Приняты: ${sent} из ${size}, перед людьми: ${arrived} из ${size}. Смотрите чат «Продажи»: горячие первыми.`),
    morning: ({ done }) => (done
      ? "Утро, 9:00. У руководителя сводка с картинкой, у продаж и маркетинга – те же цифры. Смотрите экраны."
      : "Часы переведены на утро следующего рабочего дня. Ждём сводку…"),
    down: ({ left = 60, waiting = 0, arrived = 0, done }) => (done
      ? "Telegram вернулся, и всё, что ждало, пришло – по одному разу и по порядку."
      : left > 0 && !arrived
        ? `Telegram не отвечает ещё ${left} с. На сайте только что написали, бот принял. Ждут отправки: ${waiting}. Попробуйте сами.`
        : `Telegram снова на связи. Ждут отправки: ${waiting}.`),
    kill: ({ away, arrived = 0, done, seconds }) => (done
      ? `Бот снова работает. Клиент написал, пока бота не было, и через ${seconds} с карточка уже в «Продажах». Ничего не потеряно.`
      : away
        ? `kill -9. Бота нет ${away} с. Клиент как раз пишет – его слова ждут.`
        : `Бот поднялся и догоняет. Карточек: ${arrived} из 1.`),
  },
  backNow: "Вернуть сейчас",
  tour: "Шесть шагов", forMe: "Сделайте за меня", next: "Дальше", hide: "Без экскурсии", show: "Экскурсия", again: "Ещё раз",
  step: (n) => `Шаг ${n}`, made: "сделано",
  steps: [
    ["Клиент пишет", "Напишите в чате на сайте, как написал бы клиент: кнопка в углу."],
    ["Карточка с баллом", "Через секунду заявка – в «Продажах»: откуда клиент, что хочет, балл и за что он."],
    ["Кто первый, того и клиент", "Нажмите «Беру» у Анны. Второй такой кнопки уже ни у кого не будет."],
    ["Разговор в обе стороны", "Ответьте клиенту из лички Анны, а на сайте – ответьте ей."],
    ["«Не наш лид» – с причиной", "Отклоните: маркетинг сразу видит, какая реклама привела и почему не купили."],
    ["Утром – одни цифры на всех", "Нажмите «Следующее утро»: сводка руководителю, продажам и маркетингу."],
  ],
  reply: "Теперь ответьте Анне на сайте.",
  over: ["Круг замкнулся.", "Теперь проверьте на прочность: сорок посетителей, упавший Telegram, убитый бот."],
  name: "Ольга Белова", asks: "Здравствуйте! Сколько стоит кухня 3 метра? Нужна до праздников",
  replies: "Спасибо! Но это пока дороже, чем мы можем",
};
const en = {
  about: "On the left the firm's site, on the right the Telegram of each of five people. The bot is real, Telegram is simulated.",
  address: "kitchens.example", site: "Site", you: "you, a visitor", siteTitle: "The firm's site with the chat",
  people: { customer: "customer in Telegram", anna: "sales", boris: "sales", marketer: "marketing", manager: "manager" },
  seats: "Whose eyes to look through", try: "What happens if…",
  buttons: { crowd: "40 visitors at once", morning: "Next morning", down: "Telegram down a minute", kill: "Kill the bot" },
  starting: (s) => `The bot is starting and recalls the firm's last weeks… ${s} s`,
  gone: (s) => `The bot has been away for ${s} s. It is started again as in real life: by whoever watches the process.`,
  failed: "That did not work:", lost: "The demo has stopped. Start it again: make demo",
  told: {
    crowd: ({ sent = 0, arrived = 0, done, seconds, refused }, size) => (done
      ? `All ${size} wrote, and all ${size} leads stood before people within ${seconds} s. None is lost. Telegram's refusals “too often”: ${refused}.`
      : `The site's chat, the form and Telegram at once. Received: ${sent} of ${size}, before people: ${arrived} of ${size}. Look at “Sales”: the hottest come first.`),
    morning: ({ done }) => (done
      ? "Nine in the morning. The manager has a digest with a picture; sales and marketing read the same numbers."
      : "The clock now says the morning of the next working day. The digest is on its way…"),
    down: ({ left = 60, waiting = 0, arrived = 0, done }) => (done
      ? "Telegram is back, and all that waited has arrived, each message once and in order."
      : left > 0 && !arrived
        ? `Telegram does not answer for ${left} s more. Somebody has just written on the site, and the bot took it. Waiting to be sent: ${waiting}. Try it yourself.`
        : `Telegram is back. Waiting to be sent: ${waiting}.`),
    kill: ({ away, arrived = 0, done, seconds }) => (done
      ? `The bot works again. A customer wrote while it was dead, and after ${seconds} s the card is in “Sales”. Nothing is lost.`
      : away
        ? `kill -9. No bot for ${away} s. A customer is writing just now; his words wait.`
        : `The bot is up and catches up. Cards: ${arrived} of 1.`),
  },
  backNow: "Bring it back now",
  tour: "Six steps", forMe: "Do it for me", next: "Next", hide: "No tour", show: "Tour", again: "Once more",
  step: (n) => `Step ${n}`, made: "done",
  steps: [
    ["A customer writes", "Write in the chat on the site as a customer would: the button in the corner."],
    ["A card with a score", "A second later the lead is in “Sales”: where it came from, what is wanted, the score and what for."],
    ["First tap owns it", "Tap “I'll take it” as Anna. Nobody else has that button any more."],
    ["Talking both ways", "Answer the customer from Anna's private chat, then answer her on the site."],
    ["“Not our lead”, with a reason", "Reject it: marketing sees at once which ad brought it and why nothing was bought."],
    ["In the morning, one set of numbers", "Press “Next morning”: a digest for the manager, for sales and for marketing."],
  ],
  reply: "Now answer Anna on the site.",
  over: ["The circle is closed.", "Now test its strength: forty visitors, a dead Telegram, a killed bot."],
  name: "Olivia Bell", asks: "Hello! How much is a kitchen of 3 metres? We need it before the holidays",
  replies: "Thank you! That is more than we can pay just now",
};
export const words = document.documentElement.lang === "ru" ? ru : en;
export const facts = JSON.parse(document.getElementById("facts").textContent);
