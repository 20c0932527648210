// The words of the page, in the language of the browser.
const russian = {
  add: "Добавить", name: "Имя", begin: "Открыть бота", payload: "метка ссылки (t.me/…?start=)", write: "Сообщение",
  online: "на связи", offline: "нет связи", choose: "Выберите, чьими глазами смотреть", all: "Все", general: "Общая",
  edited: "изменено", closed: "закрыта", replyTo: "Ответ:", contact: "Контакт", location: "Место", poll: "Опрос",
  entered: "в группе:", left: "вышел(а) из группы:", opened: "тема открыта:", renamed: "тема изменена:",
  topicClosed: "тема закрыта", reopened: "тема снова открыта", pinned: "закреплено сообщение", created: "группа создана",
  upgraded: "группа стала супергруппой", nothing: "Здесь пока пусто", bot: "бот", hourLater: "+1 час", nextMorning: "Завтра утром",
};
const english = {
  add: "Add", name: "Name", begin: "Open the bot", payload: "link payload (t.me/…?start=)", write: "Message",
  online: "online", offline: "offline", choose: "Choose whose eyes to look through", all: "All", general: "General",
  edited: "edited", closed: "closed", replyTo: "Reply:", contact: "Contact", location: "Location", poll: "Poll",
  entered: "joined:", left: "left:", opened: "topic opened:", renamed: "topic changed:", topicClosed: "topic closed",
  reopened: "topic reopened", pinned: "message pinned", created: "group created", upgraded: "upgraded to a supergroup",
  nothing: "Nothing here yet", bot: "bot", hourLater: "+1 hour", nextMorning: "Next morning",
};
export const words = navigator.language.startsWith("ru") ? russian : english;

export function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}
