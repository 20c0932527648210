// The words of the page, in the language of the browser, or of the page that shows the screens: <html data-lang>.
const russian = {
  add: "Добавить", name: "Имя", begin: "Открыть бота", payload: "метка ссылки (t.me/…?start=)", write: "Сообщение",
  online: "на связи", offline: "нет связи", choose: "Выберите, чьими глазами смотреть", all: "Все", general: "Общая",
  edited: "изменено", closed: "закрыта", replyTo: "Ответ:", contact: "Контакт", location: "Место", poll: "Опрос",
  entered: "в группе:", left: "вышел(а) из группы:", opened: "тема открыта:", renamed: "тема изменена:",
  topicClosed: "тема закрыта", reopened: "тема снова открыта", pinned: "закреплено сообщение", created: "группа создана",
  upgraded: "группа стала супергруппой", nothing: "Здесь пока пусто", bot: "бот", attach: "Прикрепить файл", send: "Отправить", close: "Закрыть", cancel: "Не отвечать", react: "Реакция", reply: "Ответить",
  chats: "Чаты", topics: "Темы", messages: "Сообщения", typing: "печатает…", acting: "отправляет файл…", hourLater: "+1 час", nextMorning: "Завтра утром",
};
const english = {
  add: "Add", name: "Name", begin: "Open the bot", payload: "link payload (t.me/…?start=)", write: "Message",
  online: "online", offline: "offline", choose: "Choose whose eyes to look through", all: "All", general: "General",
  edited: "edited", closed: "closed", replyTo: "Reply:", contact: "Contact", location: "Location", poll: "Poll",
  entered: "joined:", left: "left:", opened: "topic opened:", renamed: "topic changed:", topicClosed: "topic closed",
  reopened: "topic reopened", pinned: "message pinned", created: "group created", upgraded: "upgraded to a supergroup",
  nothing: "Nothing here yet", bot: "bot", attach: "Attach a file", send: "Send", close: "Close", cancel: "Cancel the reply", react: "React", reply: "Reply",
  chats: "Chats", topics: "Topics", messages: "Messages", typing: "is typing…", acting: "is sending a file…", hourLater: "+1 hour", nextMorning: "Next morning",
};
const { documentElement: page } = document;
page.lang = (page.dataset.lang || navigator.language).startsWith("ru") ? "ru" : "en";
export const language = page.dataset.lang || navigator.language;
export const words = page.lang === "ru" ? russian : english;

export function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}
